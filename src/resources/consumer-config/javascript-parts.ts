import type { Consumer } from './consumer.js';
import { js } from './literals.js';

/** The constants of a JavaScript configuration. */
export function javascriptConstants(consumer: Consumer): string {
  const { issuer, audience, jwksUri, algorithms, jwksMaxAge, leeway, maxLifetime } = consumer;
  return `const ISSUER = ${js(issuer)};
const AUDIENCE = ${js(audience)};
const JWKS_URL = ${js(jwksUri)};
const JWKS_MAX_AGE = ${jwksMaxAge}; // seconds
const ALGORITHMS = ${js(algorithms)};
const LEEWAY = ${leeway}; // seconds
const MAX_LIFETIME = ${maxLifetime}; // seconds
const TIMEOUT = 3000; // milliseconds

// Of a service account that may ask about these tokens; see the notes.
const CLIENT_ID = environment('SIGNET_CLIENT_ID');
const CLIENT_SECRET = environment('SIGNET_CLIENT_SECRET');

function environment(name) {
  const value = process.env[name];
  if (!value) throw new Error(\`\${name} is not set\`);
  return value;
}`;
}

/** What the libraries do not check: that claims are there and of their types, and the lifetime. */
export const JAVASCRIPT_CLAIMS = `/** Whether the claims are those of an access token of Signet. */
function areFine({ exp, iat, sub, jti, scope, roles }) {
  return (
    Number.isSafeInteger(exp) &&
    Number.isSafeInteger(iat) &&
    exp > iat &&
    exp - iat <= MAX_LIFETIME &&
    iat <= Date.now() / 1000 + LEEWAY &&
    typeof sub === 'string' &&
    typeof jti === 'string' &&
    typeof scope === 'string' &&
    Array.isArray(roles)
  );
}`;

/** Asking Signet whether a token is still good, for libraries that leave it to their users. */
export function javascriptIntrospection({ introspectionUri }: Consumer): string {
  return `/** Whether the token was not revoked (RFC 7662). One round trip to Signet for each call. */
async function isActive(token) {
  const encode = (text) => new URLSearchParams({ '': text }).toString().slice(1);
  const client = Buffer.from(\`\${encode(CLIENT_ID)}:\${encode(CLIENT_SECRET)}\`).toString('base64');
  try {
    const response = await fetch(${js(introspectionUri)}, {
      method: 'POST',
      headers: { authorization: \`Basic \${client}\` },
      body: new URLSearchParams({ token }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT),
    });
    const { active } = await response.json();
    if (!response.ok || typeof active !== 'boolean') throw new Error(\`status \${response.status}\`);
    return active;
  } catch (cause) {
    throw new SignetUnavailable('Signet cannot be asked', { cause });
  }
}`;
}

export const JAVASCRIPT_UNAVAILABLE = `/** Whether the token is good cannot be known now: answer 503, never 200. */
export class SignetUnavailable extends Error {
  status = 503;
}`;
