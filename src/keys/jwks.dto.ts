import { ListField, TextField } from '../platform/http/fields.js';

/** A public key (RFC 7517 4, RFC 7518 6): of an elliptic curve, or RSA. */
export class JwkView {
  @TextField({ description: 'Key type: `EC` or `RSA`.', max: 8, example: 'EC' })
  readonly kty!: string;
  @TextField({ description: 'Curve.', max: 8, optional: true, example: 'P-256' })
  readonly crv?: string;
  @TextField({ description: 'X coordinate.', max: 128, optional: true }) readonly x?: string;
  @TextField({ description: 'Y coordinate.', max: 128, optional: true }) readonly y?: string;
  @TextField({ description: 'Modulus.', max: 1024, optional: true }) readonly n?: string;
  @TextField({ description: 'Exponent.', max: 16, optional: true }) readonly e?: string;
  @TextField({ description: 'Key id: the RFC 7638 thumbprint.', max: 64 }) readonly kid!: string;
  @TextField({ description: 'The one algorithm this key is used with.', max: 16, example: 'ES256' })
  readonly alg!: string;
  @TextField({ description: 'Use.', max: 8, example: 'sig' }) readonly use!: string;
}

/** A set of public keys. */
export class JwksView {
  @ListField(() => JwkView, { description: 'The keys.' }) readonly keys!: readonly JwkView[];
}
