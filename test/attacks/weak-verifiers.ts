import { createHmac, createPublicKey, verify } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { compactDecrypt } from 'jose';
import type { WeakVerifier } from '../../packages/verifier/test/support/weak-verifiers.js';
import { claimsOf } from './forge.js';

// Verifiers that each make a mistake which was made before. Beside those of packages/verifier/test.

export type Json = Readonly<Record<string, unknown>>;
type Judge = (claims: Json) => boolean;

export const partsOf = (token: string) => {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return { input: `${header}.${payload}`, signature: Buffer.from(signature, 'base64url') };
};

export function headerOf(token: string): Json {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as Json;
}

/** A good signature by one of the keys, whichever, is all that it asks for. */
export function signedOnly(...keys: readonly KeyObject[]): WeakVerifier {
  return (token) => {
    const { input, signature } = partsOf(token);
    const isBy = (key: KeyObject) =>
      verify('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }, signature);
    return Promise.resolve(keys.some(isBy));
  };
}

/** Checks the signature, and of the claims what `letsIn` does. */
export function signedAnd(key: KeyObject, letsIn: Judge): WeakVerifier {
  return async (token) => (await signedOnly(key)(token)) && letsIn(claimsOf(token));
}

/** jsonwebtoken with the right key and nothing else: the usual way. */
export function usual(key: KeyObject): WeakVerifier {
  const library = new JwtService();
  return async (token) => {
    // The declared type lacks KeyObject, which jsonwebtoken takes.
    await library.verifyAsync<object>(token, { publicKey: key as unknown as string });
    return true;
  };
}

/** An error while verifying is no refusal to it. */
export function failingOpen(verifier: WeakVerifier): WeakVerifier {
  return async (token) => {
    try {
      return await verifier(token);
    } catch {
      return true; // the mistake
    }
  };
}

/** Takes its key for text that a MAC can be made with, since the token says so. */
export function keyedWith(secretFor: (header: Json) => string | Buffer): WeakVerifier {
  return (token) => {
    const { input, signature } = partsOf(token);
    const header = headerOf(token);
    const bits = String(header['alg']).slice(-3);
    const mac = createHmac(`sha${bits}`, secretFor(header)).update(input).digest();
    return Promise.resolve(mac.equals(signature));
  };
}

/** Fetches the key from an address that the token names. */
export function fetching(
  addressIn: (parts: { readonly header: Json; readonly claims: Json }) => unknown,
): WeakVerifier {
  return async (token) => {
    const address = String(addressIn({ header: headerOf(token), claims: claimsOf(token) }));
    const { keys } = (await (await fetch(address)).json()) as { keys: JsonWebKey[] };
    return signedOnly(createPublicKey({ key: keys[0] ?? {}, format: 'jwk' }))(token);
  };
}

/** Decrypts with a key that everybody may encrypt for, and believes what was inside. */
export function decrypting(key: KeyObject | Uint8Array): WeakVerifier {
  return async (token) => {
    const { plaintext } = await compactDecrypt(token, key);
    return 'sub' in (JSON.parse(Buffer.from(plaintext).toString()) as object);
  };
}

/** Compares texts in every way but the right one. */
export function resembles(ours: string, theirs: unknown): boolean {
  const text = String(theirs);
  return [
    text.startsWith(ours),
    ours.startsWith(text),
    text.includes(ours),
    text.toLowerCase() === ours.toLowerCase(),
    text.replace(/^https:/, 'http:') === ours,
    typeof theirs === 'object' && theirs !== null && ours in theirs,
  ].includes(true);
}
