import { createPrivateKey, createPublicKey, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SIGNING_ALGORITHMS } from '../config/signing-algorithm.js';
import type { SigningAlgorithm } from '../config/signing-algorithm.js';
import type { Envelope } from './envelope.js';
import { publicJwkOf } from './key-material.js';
import type { SigningKeyPair, VerificationKey } from './key-material.js';
import type { SigningKey } from './signing-key.entity.js';

type StoredKey = Pick<SigningKey, 'kid' | 'algorithm' | 'publicJwk' | 'sealedPrivateKey'>;

/** The key as it is stored. */
export function seal(
  { kid, algorithm, privateKey }: SigningKeyPair,
  envelope: Envelope,
): StoredKey {
  const secret =
    privateKey.type === 'secret'
      ? privateKey.export()
      : privateKey.export({ format: 'der', type: 'pkcs8' });
  return {
    kid,
    algorithm,
    publicJwk: publicJwkOf(privateKey),
    sealedPrivateKey: envelope.seal(sealName(kid), secret),
  };
}

/** The key that signs. @throws CannotUnseal */
export function openPrivate(row: StoredKey, envelope: Envelope): SigningKeyPair {
  const secret = envelope.open(sealName(row.kid), row.sealedPrivateKey);
  const privateKey =
    row.publicJwk.kty === 'oct'
      ? createSecretKey(secret)
      : createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' });
  return { ...openPublic(row, envelope), privateKey };
}

/** The key that verifies. A secret is needed for that, too. @throws CannotUnseal */
export function openPublic(row: StoredKey, envelope: Envelope): VerificationKey {
  const { kid, publicJwk } = row;
  const publicKey: KeyObject =
    publicJwk.kty === 'oct'
      ? createSecretKey(envelope.open(sealName(kid), row.sealedPrivateKey))
      : createPublicKey({ key: { ...publicJwk }, format: 'jwk' });
  return { kid, algorithm: supported(row), publicKey };
}

/** What the sealed text is bound to, so that rows cannot be swapped. */
export function sealName(kid: string): string {
  return `signing-key:${kid}`;
}

function supported({ kid, algorithm }: StoredKey): SigningAlgorithm {
  const known = SIGNING_ALGORITHMS.find((name) => name === algorithm);
  if (known === undefined)
    throw new Error(`Signing key ${kid} has the unknown algorithm ${algorithm}`);
  return known;
}
