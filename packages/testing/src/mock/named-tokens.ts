import * as forgeries from '../forgeries.js';
import type { SecretForm } from '../forgeries.js';
import type { Minter } from './minter.js';
import type { TokenRequest } from './token-request.js';

const HOUR = 3600;
const TEN_YEARS = 10 * 365 * 24 * HOUR;

/** Access tokens that must be refused, by name. Each is a good one but for what its name says. */
export abstract class NamedTokens {
  /** @internal */
  protected abstract readonly minter: Minter;

  /** A good token. */
  token(request: TokenRequest = {}): string {
    return this.minter.sign(this.minter.claims(request));
  }

  /** Ended `ago` seconds ago; an hour, when absent. */
  expired({ ago = HOUR, ...request }: TokenRequest & { readonly ago?: number } = {}): string {
    const lifetime = request.lifetime ?? this.minter.policy.accessTokenTtl / 1000;
    return this.minter.sign(
      this.minter.claims(request, this.minter.clock.now() - (ago + lifetime) * 1000),
    );
  }

  /** Begins in `ahead` seconds; an hour, when absent. */
  notYetValid({ ahead = HOUR, ...request }: TokenRequest & { readonly ahead?: number } = {}) {
    const claims = this.minter.claims(request, this.minter.clock.now() + ahead * 1000);
    return this.minter.sign({ ...claims, nbf: claims.iat });
  }

  /** For another resource. */
  wrongAudience({ audience = 'https://another-resource.example', ...request }: TokenRequest = {}) {
    return this.token({ ...request, audience });
  }

  /** Says that somebody else issued it. */
  wrongIssuer({
    issuer = 'https://another-issuer.example',
    ...request
  }: TokenRequest & { readonly issuer?: string } = {}): string {
    return this.minter.sign({ ...this.minter.claims(request), iss: issuer });
  }

  /** A role was added after it was signed. */
  tampered(request: TokenRequest = {}): string {
    return forgeries.tampered(this.token(request));
  }

  /** Without a signature, though its header promises one. */
  unsigned(request: TokenRequest = {}): string {
    return forgeries.withSignature(this.token(request), '');
  }

  /** Says that it needs no signature; `alg` is another spelling of `none`. */
  algNone({ alg = 'none', ...request }: TokenRequest & { readonly alg?: string } = {}): string {
    return forgeries.algNone(this.token(request), alg);
  }

  /** Signed by HMAC with the public key as its secret. */
  keyConfused({
    secret = 'pem',
    ...request
  }: TokenRequest & { readonly secret?: SecretForm } = {}): string {
    return forgeries.keyConfused(this.token(request), this.minter.keys.active.publicKey, secret);
  }

  /** Signed by a key that is in no key set. */
  unknownKey(request: TokenRequest = {}): string {
    return forgeries.unknownKey(this.token(request), this.minter.keys.stranger);
  }

  /** Signed by a stranger's key under the id of the good one. */
  foreignKey(request: TokenRequest = {}): string {
    return forgeries.foreignKey(this.token(request), this.minter.keys.stranger);
  }

  /** Brings its key along in its header. */
  embeddedKey(request: TokenRequest = {}): string {
    return forgeries.embeddedKey(this.token(request), this.minter.keys.stranger);
  }

  /** Says that whoever does not know an extension has to refuse it (RFC 7515 4.1.11). */
  criticalExtension(request: TokenRequest = {}): string {
    const extension = 'urn:example:extension';
    const header = { crit: [extension], [extension]: true };
    return this.minter.signAnything({ ...this.minter.claims(request) }, header);
  }

  /** Without `typ`, or with another one: no access token (RFC 9068 4). */
  withoutType({ typ, ...request }: TokenRequest & { readonly typ?: string } = {}): string {
    return this.minter.signAnything({ ...this.minter.claims(request) }, { typ });
  }

  /** Without an end. */
  withoutExpiry(request: TokenRequest = {}): string {
    const { exp: _, ...claims } = this.minter.claims(request);
    return this.minter.signAnything(claims);
  }

  /** Lives for ten years. */
  lifetimeTooLong({ lifetime = TEN_YEARS, ...request }: TokenRequest = {}): string {
    return this.token({ ...request, lifetime });
  }

  /** Larger than `bytes`; 64 KiB, when absent. */
  oversized({ bytes = 65_536, ...request }: TokenRequest & { readonly bytes?: number } = {}) {
    const padding = 'x'.repeat(bytes);
    return this.token({ ...request, userClaims: { ...request.userClaims, padding } });
  }

  /** Good until it was revoked, just now. */
  revoked(request: TokenRequest = {}): string {
    const claims = this.minter.claims(request);
    this.minter.revocations.add(claims.jti);
    return this.minter.sign(claims);
  }
}
