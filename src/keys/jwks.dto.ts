import { ListField, TextField } from '../platform/http/fields.js';

/** A public key (RFC 7517 4). */
export class JwkView {
  @TextField({ description: 'Key type.', max: 8, example: 'EC' }) readonly kty!: string;
  @TextField({ description: 'Curve.', max: 8, example: 'P-256' }) readonly crv!: string;
  @TextField({ description: 'X coordinate.', max: 128 }) readonly x!: string;
  @TextField({ description: 'Y coordinate.', max: 128 }) readonly y!: string;
  @TextField({ description: 'Key id: the RFC 7638 thumbprint.', max: 64 }) readonly kid!: string;
  @TextField({ description: 'The one algorithm this key is used with.', max: 16, example: 'ES256' })
  readonly alg!: string;
  @TextField({ description: 'Use.', max: 8, example: 'sig' }) readonly use!: string;
}

/** A set of public keys. */
export class JwksView {
  @ListField(() => JwkView, { description: 'The keys.' }) readonly keys!: readonly JwkView[];
}
