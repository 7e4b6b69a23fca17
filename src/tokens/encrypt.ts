import { CompactEncrypt, importJWK } from 'jose';
import type { EncryptionKey } from './encryption-key.js';
import { ACCESS_TOKEN_TYPE } from './jws-header.js';

/**
 * Encrypts a signed token, so that only the holder of the private key reads its claims: a nested JWT
 * (RFC 7519 11.2: signed first, then encrypted).
 *
 * The outer header has the type of the inner one, for consumers who look at it before they decrypt
 * (RFC 9068 4 names the steps in that order), and no `zip`: compression tells of the content by its length.
 */
export async function encryptToken(token: string, key: EncryptionKey): Promise<string> {
  const { alg, kid } = key;
  return new CompactEncrypt(new TextEncoder().encode(token))
    .setProtectedHeader({ alg, enc: 'A256GCM', typ: ACCESS_TOKEN_TYPE, cty: 'JWT', kid })
    .encrypt(await importJWK({ ...key }, alg));
}
