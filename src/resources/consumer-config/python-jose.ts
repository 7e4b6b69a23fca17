import type { Template } from './consumer.js';
import { libraryNotes, cannotDecrypt, unknownTo } from './notes.js';
import { PYTHON_IMPORTS, pythonBasics } from './python-parts.js';

/** python-jose 3. */
export const pythonJose: Template = (consumer) => ({
  filename: 'signet_auth.py',
  install: "pip install 'python-jose[cryptography]>=3.3'",
  code: `"""Verifies Signet's access tokens with python-jose.

verify(token) gives the claims, or raises TokenRefused (401) or SignetUnavailable (503).
"""
${PYTHON_IMPORTS}

from jose import JOSEError, jwt

${pythonBasics(consumer, 'jwk')}


def verify(token):
    """The claims of an access token for this resource that is good now."""
    try:
        # One key, by its kid: given a whole set, python-jose tries each, and fails at the first of another type.
        algorithm, key = key_for(jwt.get_unverified_header(token))
        claims = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            issuer=ISSUER,
            audience=AUDIENCE,  # one text: a list is an error
            # Without these, a token that has no such claim is accepted.
            options={
                "require_exp": True,
                "require_iat": True,
                "require_iss": True,
                "require_aud": True,
                "require_sub": True,
                "require_jti": True,
                "leeway": LEEWAY,
            },
        )
    except JOSEError as error:
        raise TokenRefused(str(error)) from error
    check_claims(claims)
    if claims["iat"] > time.time() + LEEWAY:  # python-jose looks at its type only
        raise TokenRefused("not valid yet")
    if not is_active(token):
        raise TokenRefused("revoked")
    return claims
`,
  notes: [
    'The granted actions are claims["scope"].split(); the roles are claims["roles"].',
    'The key is taken by its kid. Do not give python-jose the whole key set: it tries key after key, with the algorithm that the token names.',
    ...unknownTo('python-jose', consumer, ['ES256', 'ES384', 'RS256']),
    ...libraryNotes(consumer),
    ...cannotDecrypt(consumer, 'decrypt them before, with jwcrypto for instance'),
  ],
});
