import { constants, createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';

export type Algorithm = 'ES256' | 'ES384' | 'RS256' | 'PS256' | 'RS512';

/** A key pair of an issuer. */
export interface TestKey {
  readonly kid: string;
  readonly alg: Algorithm;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  /** As it is published. */
  readonly jwk: JsonWebKey & { kid: string; alg: string; use: string };
}

const CURVES: Partial<Record<Algorithm, string>> = { ES256: 'P-256', ES384: 'P-384' };

export function makeKey(alg: Algorithm = 'ES256', kid?: string): TestKey {
  const namedCurve = CURVES[alg];
  const pair =
    namedCurve === undefined
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve });
  const jwk = pair.publicKey.export({ format: 'jwk' });
  const name = kid ?? createHash('sha256').update(JSON.stringify(jwk)).digest('base64url');
  return { kid: name, alg, ...pair, jwk: { ...jwk, kid: name, alg, use: 'sig' } };
}

/** Signs with a key as one algorithm does, be it the key's own or not. */
export function signWith({ privateKey }: TestKey, alg: Algorithm) {
  return (input: string): Buffer => {
    const hash = {
      ES256: 'sha256',
      ES384: 'sha384',
      RS256: 'sha256',
      PS256: 'sha256',
      RS512: 'sha512',
    };
    const padding = alg === 'PS256' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
    const key = alg.startsWith('ES')
      ? ({ key: privateKey, dsaEncoding: 'ieee-p1363' } as const)
      : { key: privateKey, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    return sign(hash[alg], Buffer.from(input), key);
  };
}
