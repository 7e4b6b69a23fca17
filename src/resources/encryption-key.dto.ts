import { ListField, TextField } from '../platform/http/fields.js';

/** Room for the modulus of 4096 bits in base64url. */
const MODULUS_MAX = 700;

/** A public encryption key (RFC 7517 4, RFC 7518 6). In a request, `kid`, `alg` and `use` may be left out. */
export class EncryptionKeyView {
  @TextField({ description: 'Key type, EC or RSA.', max: 8, example: 'EC' }) readonly kty!: string;

  @TextField({ description: 'EC: curve.', max: 8, optional: true, example: 'P-256' })
  readonly crv?: string;

  @TextField({
    description: 'EC: X coordinate.',
    max: 128,
    optional: true,
    example: 'gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0',
  })
  readonly x?: string;

  @TextField({
    description: 'EC: Y coordinate.',
    max: 128,
    optional: true,
    example: 'SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps',
  })
  readonly y?: string;

  @TextField({ description: 'RSA: modulus.', max: MODULUS_MAX, optional: true })
  readonly n?: string;

  @TextField({ description: 'RSA: exponent.', max: 8, optional: true }) readonly e?: string;

  @TextField({
    description: 'Key id; the RFC 7638 thumbprint when it came without one.',
    max: 64,
    optional: true,
    example: '0_bdGSOvH4PgvPH4vEcuQZRSIWHLcnJBSFvPpKnLHSE',
  })
  readonly kid?: string;

  @TextField({
    description: 'The one algorithm this key is used with; it follows from the type.',
    max: 16,
    optional: true,
    example: 'ECDH-ES+A256KW',
  })
  readonly alg?: string;

  @TextField({ description: 'Use: `enc`.', max: 8, optional: true, example: 'enc' })
  readonly use?: string;
}

/** A set of public encryption keys: of one, or empty. */
export class EncryptionKeysView {
  @ListField(() => EncryptionKeyView, { description: 'The keys.' })
  readonly keys!: readonly EncryptionKeyView[];
}
