import { createHmac, randomUUID, sign } from 'node:crypto';
import { claimsOf, headerOf } from '../../dist/src/tokens/mint.js';
import { ACCESS_TOKEN_SECONDS, ISSUER } from './installation.mjs';

const POLICY = {
  issuer: ISSUER,
  accessTokenTtl: ACCESS_TOKEN_SECONDS * 1000,
  accessTokenNbf: true,
};

/** What a person with the role `viewer` gets, as Signet words it; each time with ids of its own. */
export function claimsOfViewer(more = {}) {
  const grant = {
    subject: randomUUID(),
    clientId: 'signet',
    sessionId: randomUUID(),
    authentication: { time: Date.now(), amr: ['pwd'] },
    roles: ['viewer'],
    scope: ['resources:read', 'roles:read'],
    tokenVersion: 1,
    asOf: Date.now(),
    ...more,
  };
  return claimsOf(grant, POLICY);
}

/** Signs claims as Signet does, with its key; node:crypto alone, since there are many. */
export function signWith(key) {
  const header = encode(headerOf(key));
  return (claims) => {
    const content = `${header}.${encode(claims)}`;
    const signature = sign('sha256', content, { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
    return `${content}.${signature.toString('base64url')}`;
  };
}

/** The same with a shared secret. */
export function signHs256(secret) {
  const header = encode({ alg: 'HS256', typ: 'JWT' });
  return (claims) => {
    const content = `${header}.${encode(claims)}`;
    return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
  };
}

/** As many different tokens. */
export function manyTokens(count, signClaims, more = {}) {
  return Array.from({ length: count }, () => signClaims(claimsOfViewer(more)));
}

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
