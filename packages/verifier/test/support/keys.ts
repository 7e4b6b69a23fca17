import { constants, createHash, generateKeyPairSync, sign, verify } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';

export type Algorithm = keyof typeof HASHES;

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

const HASHES = {
  ES256: 'sha256',
  ES384: 'sha384',
  RS256: 'sha256',
  RS384: 'sha384',
  RS512: 'sha512',
  PS256: 'sha256',
  PS512: 'sha512',
};

/** A key in the form in which one algorithm uses it, be it the key's own or not. */
const keyAs = (key: KeyObject, alg: Algorithm) =>
  alg.startsWith('ES')
    ? ({ key, dsaEncoding: 'ieee-p1363' } as const)
    : {
        key,
        padding: alg.startsWith('PS')
          ? constants.RSA_PKCS1_PSS_PADDING
          : constants.RSA_PKCS1_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      };

/** Signs with a key as an algorithm does. */
export const signWith =
  ({ privateKey }: Pick<TestKey, 'privateKey'>, alg: Algorithm) =>
  (input: string): Buffer =>
    sign(HASHES[alg], Buffer.from(input), keyAs(privateKey, alg));

/** Verifies with a key as an algorithm does. */
export function verifySignature(
  key: KeyObject,
  alg: Algorithm,
  input: string,
  signature: Buffer,
): boolean {
  return verify(HASHES[alg], Buffer.from(input), keyAs(key, alg), signature);
}
