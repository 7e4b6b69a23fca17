import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { KeyRing } from '../../src/keys/key-ring.js';
import type { SigningKeyPair } from '../../src/keys/key-material.js';
import type { TestApp } from '../support/app.js';

/** The order of the curve P-256: `(r, n - s)` is as good a signature as `(r, s)`. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

type Json = Readonly<Record<string, unknown>>;
type Signer = (input: string) => Buffer;

/** JSON of a value, or text as it is, in base64url. */
export function encode(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return Buffer.from(text).toString('base64url');
}

/** The claims of a token, unverified. */
export function claimsOf(token: string): Json {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Json;
}

export function ecdsa(key: KeyObject): Signer {
  return (input) => sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
}

export function hmac(secret: string | Buffer, bits = 256): Signer {
  return (input) => createHmac(`sha${bits}`, secret).update(input).digest();
}

/** A token of any header and payload, signed by whatever signs. */
export function compact(header: unknown, payload: unknown, signer: Signer): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signer(input).toString('base64url')}`;
}

/** Makes hostile tokens out of a good one, with the very key that the application signs with. */
export class Forge {
  readonly key: SigningKeyPair;
  readonly header: Json;
  readonly claims: Json;
  /** A key of our own, that the application has never seen. */
  readonly foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  constructor(
    app: TestApp,
    readonly good: string,
  ) {
    this.key = app.nest.get(KeyRing).active;
    this.header = { alg: 'ES256', typ: 'at+jwt', kid: this.key.kid };
    this.claims = claimsOf(good);
  }

  /** Signed by the application's key, with other claims. An `undefined` one is left out. */
  signed(claims: Json): string {
    return this.payload({ ...this.claims, ...claims });
  }

  /** Signed by the application's key, with any payload. */
  payload(payload: unknown): string {
    return compact(this.header, payload, ecdsa(this.key.privateKey));
  }

  /** Signed by the application's key, with another header. */
  headed(header: Json): string {
    return compact({ ...this.header, ...header }, this.claims, ecdsa(this.key.privateKey));
  }

  /** The claims under another header, signed by whatever signs. */
  signedBy(signer: Signer, header: Json = {}): string {
    return compact({ ...this.header, ...header }, this.claims, signer);
  }

  /** Other claims under the usual header, signed by whatever signs. */
  signedClaimsBy(signer: Signer, claims: Json): string {
    return compact(this.header, { ...this.claims, ...claims }, signer);
  }

  /** The good token with another signature, as text. */
  withSignature(signature: string): string {
    return `${this.good.slice(0, this.good.lastIndexOf('.'))}.${signature}`;
  }
}

/** Other texts that are the same token to whoever verifies it: its content is signed in each. */
export function reencodings(token: string): readonly string[] {
  const at = token.lastIndexOf('.') + 1;
  const [content, signature] = [token.slice(0, at), token.slice(at)];
  const bytes = Buffer.from(signature, 'base64url');
  const s = ORDER - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  const mirrored = Buffer.concat([
    bytes.subarray(0, 32),
    Buffer.from(s.toString(16).padStart(64, '0'), 'hex'),
  ]).toString('base64url');
  return [signature, mirrored].flatMap((text) =>
    // Of the last of 86 characters, 4 bits carry nothing.
    Array.from({ length: 16 }, (_, bits) => {
      const last = ALPHABET.indexOf(text.slice(-1));
      return content + text.slice(0, -1) + ALPHABET.charAt((last & 0b110000) | bits);
    }),
  );
}
