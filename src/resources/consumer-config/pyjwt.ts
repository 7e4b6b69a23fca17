import type { Template } from './consumer.js';
import { libraryNotes, cannotDecrypt } from './notes.js';
import { PYTHON_IMPORTS, pythonBasics } from './python-parts.js';

/** PyJWT 2. */
export const pyjwt: Template = (consumer) => ({
  filename: 'signet_auth.py',
  install: "pip install 'PyJWT[crypto]>=2.6'",
  code: `"""Verifies Signet's access tokens with PyJWT.

verify(token) gives the claims, or raises TokenRefused (401) or SignetUnavailable (503).
"""
${PYTHON_IMPORTS}

import jwt

${pythonBasics(consumer, 'jwt.PyJWK(jwk).key')}


def verify(token):
    """The claims of an access token for this resource that is good now."""
    try:
        algorithm, key = key_for(jwt.get_unverified_header(token))
        claims = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            issuer=ISSUER,
            audience=AUDIENCE,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "iss", "aud", "sub", "jti"]},
        )
    except jwt.PyJWTError as error:
        raise TokenRefused(str(error)) from error
    check_claims(claims)
    if not is_active(token):
        raise TokenRefused("revoked")
    return claims
`,
  notes: [
    'The granted actions are claims["scope"].split(); the roles are claims["roles"].',
    ...libraryNotes(consumer),
    ...cannotDecrypt(consumer, 'decrypt them before, with jwcrypto for instance'),
  ],
});
