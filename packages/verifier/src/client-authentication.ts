import { SignJWT } from 'jose';
import type { JWK } from 'jose';

/** How a service account proves who it is: exactly one of the two. */
export type ClientCredential =
  | { readonly clientSecret: string; readonly privateKey?: never }
  | {
      /** A private JWK with `alg` and `kid`, whose public half is registered at the service account. */
      readonly privateKey: JWK;
      readonly clientSecret?: never;
    };

export type Client = ClientCredential & { readonly clientId: string };

/** Seconds; it is used at once and once. */
const ASSERTION_LIFETIME = 60;

/** The header of `client_secret_basic` (RFC 6749 2.3.1: both parts are form-encoded first). */
export function basicAuthorization(clientId: string, clientSecret: string): string {
  const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);
  return `Basic ${btoa(`${encode(clientId)}:${encode(clientSecret)}`)}`;
}

/** What `private_key_jwt` adds to the form (RFC 7523 2.2). */
export async function assertionParameters(
  clientId: string,
  privateKey: JWK,
  audience: string,
  now: number,
): Promise<Record<string, string>> {
  const { alg, kid } = privateKey;
  if (alg === undefined || kid === undefined) throw new TypeError('privateKey lacks alg or kid');
  const issuedAt = Math.floor(now / 1000);
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg, kid, typ: 'JWT' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setJti(crypto.randomUUID())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ASSERTION_LIFETIME)
    .sign(privateKey);
  return {
    client_id: clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  };
}
