import { packageVersion } from '../../platform/package-version.js';
import type { Consumer } from './consumer.js';
import { js } from './literals.js';
import { needsHttp } from './notes.js';

/** Seconds between two fetches, whatever kids arrive, unless the verifier is told otherwise. */
const COOLDOWN = 30;

/**
 * A file, never the name: nobody has published the package on npm's registry, so whoever takes the name there
 * would have their code check the tokens. Fails where the file is not; the notes say how one gets it.
 */
export const VERIFIER_INSTALL = `npm install ./signet-verifier-${packageVersion()}.tgz`;

/** The verifier that the adapters of `@signet/verifier` share; exports `verifier`. */
export function verifierOf(consumer: Consumer): string {
  const { issuer, audience, jwksUri, introspectionUri, algorithms } = consumer;
  const { jwksMaxAge, leeway, maxLifetime } = consumer;
  // Of the verifier; it may not be longer than the keys are kept.
  const cooldown = jwksMaxAge < COOLDOWN ? `\n  keysCooldown: ${jwksMaxAge},` : '';
  const http = needsHttp(consumer) ? '\n  allowHttp: true, // see the notes' : '';
  const decryption = consumer.isEncrypted
    ? `
  // Private JWKs, with "alg" and the "kid" that Signet shows.
  decryptionKeys: [JSON.parse(environment('RESOURCE_PRIVATE_KEY'))],`
    : '';
  return `export const verifier = createVerifier({
  issuer: ${js(issuer)},
  jwksUri: ${js(jwksUri)},
  audience: ${js(audience)},
  algorithms: ${js(algorithms)},
  keysMaxAge: ${jwksMaxAge}, // seconds${cooldown}
  leeway: ${leeway}, // seconds
  maxLifetime: ${maxLifetime}, // seconds${http}${decryption}
  revocation: introspection({
    endpoint: ${js(introspectionUri)},
    // Of a service account that may ask about these tokens; see the notes.
    clientId: environment('SIGNET_CLIENT_ID'),
    clientSecret: environment('SIGNET_CLIENT_SECRET'),
    cacheFor: 0, // seconds by which a revocation may be noticed later${http.replaceAll('\n', '\n  ')}
  }),
});`;
}

/** Reading the environment, without which nothing starts. */
export function environmentFunction(isTypeScript: boolean): string {
  const name = isTypeScript ? 'name: string' : 'name';
  const result = isTypeScript ? ': string' : '';
  return `function environment(${name})${result} {
  const value = process.env[name];
  if (!value) throw new Error(\`\${name} is not set\`);
  return value;
}`;
}
