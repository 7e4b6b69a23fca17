import { createHmac, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { MockIssuer } from '../src/index.js';
import type { Json } from '../src/jws.js';

export const AUDIENCE = 'https://notes.example.com';

/** What a service got wrong. Each is a mistake of its own: only the check of its name finds it. */
export type Weakness =
  | 'accepts'
  | 'noToken'
  | 'garbage'
  | 'expired'
  | 'notYetValid'
  | 'wrongAudience'
  | 'wrongIssuer'
  | 'tampered'
  | 'foreignKey'
  | 'unknownKey'
  | 'embeddedKey'
  | 'algNone'
  | 'keyConfused'
  | 'withoutType'
  | 'refreshToken'
  | 'oversized'
  | 'queryToken'
  | 'otherScheme'
  | 'trailingText'
  | 'twoHeaders'
  | 'lowerCaseScheme'
  | 'revoked'
  | 'acceptsAgain'
  | 'nextKey';

/** Verifies tokens of the issuer as a careful service does, but for its weaknesses. */
export class WeakVerification {
  private readonly firstKid;
  /** A key that nobody should trust. */
  private readonly stranger;

  constructor(
    private readonly issuer: MockIssuer,
    private readonly weaknesses: readonly Weakness[],
  ) {
    this.firstKid = issuer.jwks.keys[0]?.['kid'];
    this.stranger = issuer.forging.stranger.publicKey;
  }

  isGood(token: string): boolean {
    if (this.is('refreshToken') && /^[\w-]{36}\.1\./.test(token)) return true;
    const [header, claims] = [readPart(token, 0), readPart(token, 1)];
    if (header === undefined || claims === undefined) return false;
    if ('jwk' in header && !this.is('embeddedKey')) return false;
    if (header['typ'] !== 'at+jwt' && !this.is('withoutType')) return false;
    return this.isSigned(token, header) && this.areGood(claims);
  }

  private is(weakness: Weakness): boolean {
    return this.weaknesses.includes(weakness);
  }

  private areGood({ iss, aud, exp, nbf }: Json): boolean {
    const now = Date.now() / 1000;
    return (
      (iss === this.issuer.issuer || this.is('wrongIssuer')) &&
      (aud === AUDIENCE || this.is('wrongAudience')) &&
      (Number(exp) > now || this.is('expired')) &&
      (Number(nbf) <= now || this.is('notYetValid'))
    );
  }

  private isSigned(token: string, { alg, kid, jwk }: Json): boolean {
    const end = token.lastIndexOf('.');
    const input = Buffer.from(token.slice(0, end));
    const signature = Buffer.from(token.slice(end + 1), 'base64url');
    const matches = (key: KeyObject) =>
      verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature);
    if (this.is('algNone') && /^\s*none\s*$/i.test(String(alg))) return true;
    if (this.is('tampered') && signature.length === 64 && signature.every((byte) => byte === 0))
      return true;
    if (jwk !== undefined) return matches(importKey(jwk as Json)); // only when it is weak there
    const key = this.trusted(kid);
    if (key === undefined) return this.is('unknownKey') && matches(this.stranger);
    if (this.is('keyConfused') && alg === 'HS256') {
      const secret = key.export({ format: 'pem', type: 'spki' });
      return createHmac('sha256', secret).update(input).digest().equals(signature);
    }
    if (alg !== 'ES256') return false;
    return matches(key) || (this.is('foreignKey') && matches(this.stranger));
  }

  private trusted(kid: unknown): KeyObject | undefined {
    if (this.is('nextKey') && kid !== this.firstKid) return undefined;
    const jwk = this.issuer.jwks.keys.find((each) => each['kid'] === kid);
    return jwk === undefined ? undefined : importKey(jwk);
  }
}

function importKey(jwk: Json): KeyObject {
  return createPublicKey({ key: { ...jwk }, format: 'jwk' });
}

function readPart(token: string, index: number): Json | undefined {
  const parts = token.split('.');
  try {
    const value: unknown = JSON.parse(Buffer.from(parts[index] ?? '', 'base64url').toString());
    const isToken = parts.length === 3 && typeof value === 'object' && value !== null;
    return isToken ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}
