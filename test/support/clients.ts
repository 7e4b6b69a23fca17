import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { ClientAuthenticator } from '../../src/service-accounts/client-authentication/client-authenticator.js';
import type {
  AuthenticatedClient,
  ClientRequest,
} from '../../src/service-accounts/client-authentication/client-authenticator.js';
import type { TestApp } from './app.js';

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** The halves of a key pair, as a client has them. */
export interface ClientKey {
  readonly privateKey: KeyObject;
  /** Public. */
  readonly jwk: object;
  readonly kid: string;
}

export function newClientKey(kid: string = randomUUID()): ClientKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid }, kid };
}

/** `Authorization` with Basic, for ids and secrets of ours, which need no encoding. */
export const basic = (id: string, secret: string) =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

/** Asks the application who a request comes from. */
export function authenticate(
  app: TestApp,
  { authorization, ...body }: Partial<ClientRequest> & ClientRequest['body'],
): Promise<AuthenticatedClient> {
  return app.nest.get(ClientAuthenticator).authenticate({
    authorization,
    body,
    origin: { ip: '192.0.2.1', userAgent: 'test', requestId: 'request' },
    audiences: [app.settings.issuer, `${app.settings.issuer}/oauth/token`],
  });
}

/** A client assertion (RFC 7523), with claims and header as the test wants them. */
export function assertionOf(
  app: TestApp,
  clientId: string,
  { privateKey, kid }: ClientKey,
  claims: object = {},
  header: object = {},
): Promise<string> {
  const now = Math.floor(app.clock.now() / 1000);
  return new SignJWT({
    iss: clientId,
    sub: clientId,
    aud: app.settings.issuer,
    iat: now,
    exp: now + 60,
    jti: randomUUID(),
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', kid, ...header })
    .sign(privateKey);
}
