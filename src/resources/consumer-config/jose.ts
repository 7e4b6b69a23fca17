import type { Template } from './consumer.js';
import {
  JAVASCRIPT_CLAIMS,
  JAVASCRIPT_UNAVAILABLE,
  javascriptConstants,
  javascriptIntrospection,
} from './javascript-parts.js';
import { libraryNotes } from './notes.js';

const DECRYPT = `
// The private half of the resource's encryption key, a JWK, whose "kid" is the one that Signet shows.
const DECRYPTION_KEY = JSON.parse(environment('RESOURCE_PRIVATE_KEY'));

/** What was signed, out of a token that was encrypted afterwards. */
async function decrypt(token) {
  const { plaintext } = await compactDecrypt(token, await importJWK(DECRYPTION_KEY, DECRYPTION_KEY.alg), {
    keyManagementAlgorithms: ['ECDH-ES+A256KW', 'RSA-OAEP-256'],
    contentEncryptionAlgorithms: ['A256GCM'],
  });
  return new TextDecoder().decode(plaintext);
}
`;

/** jose 5 or 6. */
export const jose: Template = (consumer) => {
  const { isEncrypted } = consumer;
  return {
    filename: 'signet-auth.mjs',
    install: 'npm install jose',
    code: `// Verifies Signet's access tokens with jose.
//
//   import { verify, TokenRefused, SignetUnavailable } from './signet-auth.mjs';
//   const claims = await verify(token); // or TokenRefused (401), SignetUnavailable (503)
import { ${isEncrypted ? 'compactDecrypt, createRemoteJWKSet, errors, importJWK' : 'createRemoteJWKSet, errors'}, jwtVerify } from 'jose';

${javascriptConstants(consumer)}

/** The token is not good: answer 401. */
export class TokenRefused extends Error {
  status = 401;
}

${JAVASCRIPT_UNAVAILABLE}

const keys = createRemoteJWKSet(new URL(JWKS_URL), {
  cacheMaxAge: JWKS_MAX_AGE * 1000,
  cooldownDuration: 10_000, // between fetches, whatever kids arrive
  timeoutDuration: TIMEOUT,
});
${isEncrypted ? DECRYPT : ''}
/** The claims of an access token for this resource that is good now. */
export async function verify(token) {
  const { signed, claims } = await verifyOffline(token);
  if (!(await isActive(signed))) throw new TokenRefused('revoked');
  return claims;
}

async function verifyOffline(token) {
  try {
    const signed = ${isEncrypted ? 'await decrypt(token)' : 'token'};
    const { payload: claims, protectedHeader } = await jwtVerify(signed, keys, {
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: ALGORITHMS,
      typ: 'at+jwt',
      clockTolerance: LEEWAY,
    });
    // Without a kid, jose takes any key that fits.
    if (protectedHeader.kid === undefined || !areFine(claims)) throw new TokenRefused('claims are missing or wrong');
    return { signed, claims };
  } catch (cause) {
    throw cause instanceof TokenRefused || isRefusal(cause)
      ? new TokenRefused(cause.message, { cause })
      : new SignetUnavailable('The keys of Signet cannot be fetched', { cause });
  }
}

/** Whether jose refused the token; else it could not get the keys. */
function isRefusal(error) {
  const unknown = ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'];
  return error instanceof errors.JOSEError && !unknown.includes(error.code);
}

${JAVASCRIPT_CLAIMS}

${javascriptIntrospection(consumer)}
`,
    notes: [
      'The granted actions are claims.scope.split(" "); the roles are claims.roles.',
      'jose fetches the keys when it first needs them, and then at most every ten seconds, however many unknown kids arrive.',
      ...(isEncrypted
        ? [
            'The tokens of this resource are encrypted. Set RESOURCE_PRIVATE_KEY to the private JWK, with "alg" and the "kid" that Signet shows.',
          ]
        : []),
      ...libraryNotes(consumer),
    ],
  };
};
