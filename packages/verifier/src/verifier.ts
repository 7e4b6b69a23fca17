import { compactVerify } from 'jose';
import { assertMayAccess, checkRequirements } from './access.js';
import type { Requirements } from './access.js';
import { readClaims } from './claims.js';
import type { AccessTokenClaims } from './claims.js';
import { clockFrom } from './clock.js';
import type { Clock } from './clock.js';
import { objectIn, parseObject, partsOf } from './compact.js';
import { Decrypter } from './decrypter.js';
import { RevocationUnavailable, TokenRejected, VerificationUnavailable } from './errors.js';
import { JsonHttp } from './http.js';
import { IssuerKeys } from './issuer-keys.js';
import type { SigningAlgorithm, VerificationKey } from './key-set.js';
import { IssuerMetadata } from './metadata.js';
import { issuersIn, limitsIn } from './options.js';
import type { Limits, VerifierOptions } from './options.js';
import type { PresentedToken, RevocationCheck } from './revocation.js';
import { verifiedToken } from './verified-token.js';
import type { VerifiedToken } from './verified-token.js';

/** The type of Signet's access tokens (RFC 9068 2.1). */
const ACCESS_TOKEN_TYPE = 'at+jwt';

/** Any other member, `crit`, `b64`, `jku`, `jwk`, `x5u` or `zip` among them, is refused. */
const KNOWN_MEMBERS = new Set(['alg', 'typ', 'kid']);

/** Whatever else follows from the policy is decided when a token comes. */
interface SignedToken extends PresentedToken {
  readonly algorithm: SigningAlgorithm;
  readonly payload: string;
}

/**
 * Verifies access tokens by itself, from the issuer's published keys.
 *
 * @throws TypeError when an option is not what it must be.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  return new Verifier(options);
}

/** Made by `createVerifier`. One for the whole process: it keeps the keys. */
export class Verifier {
  private readonly limits: Limits;
  private readonly clock: Clock;
  private readonly decrypter: Decrypter;
  private readonly revocation: RevocationCheck | undefined;
  private readonly keysOf: ReadonlyMap<string, IssuerKeys>;

  constructor(options: VerifierOptions) {
    this.limits = limitsIn(options);
    this.clock = clockFrom(options.clock);
    this.decrypter = new Decrypter(options.decryptionKeys ?? []);
    this.revocation = options.revocation;
    const http = new JsonHttp(options);
    const { algorithms } = this.limits;
    this.keysOf = new Map(
      issuersIn(options).map(({ issuer, jwksUri }) => {
        const metadata = new IssuerMetadata(issuer, http);
        const address = jwksUri === undefined ? undefined : http.checkUrl(jwksUri, 'jwksUri');
        return [issuer, new IssuerKeys(metadata, address, algorithms, http, this.clock, options)];
      }),
    );
  }

  /**
   * The steps stand in VERIFICATION_STEPS; the first that fails decides.
   *
   * @throws TokenRejected when the token is not good, or not enough for what is needed.
   * @throws VerificationUnavailable when that cannot be known now.
   * @throws TypeError when what is needed says something else than scopes and roles.
   */
  async verify(token: string, needs: Requirements = {}): Promise<VerifiedToken> {
    checkRequirements(needs);
    const signed = this.read(await this.open(token));
    const { issuer, key } = await this.keyOf(signed);
    const claims = readClaims(await verifySignature(signed.token, key));
    if (claims === undefined) throw new TokenRejected('bad_claims');
    if (claims.iss !== issuer) throw new TokenRejected('wrong_issuer');
    if (!this.limits.audiences.includes(claims.aud)) throw new TokenRejected('wrong_audience');
    this.verifyLifetime(claims);
    this.verifyTime(claims);
    const verified = verifiedToken(claims);
    assertMayAccess(verified, needs);
    await this.verifyNotRevoked(claims, signed);
    return verified;
  }

  /**
   * Fetches the keys of every issuer that are not there yet, and what the revocation check needs: for a
   * start that wants to know, or a readiness probe. Without it the first token does.
   *
   * @throws VerificationUnavailable when an issuer has no keys, or what was revoked cannot be known.
   */
  async ready(): Promise<void> {
    await Promise.all([...this.keysOf.values()].map((keys) => keys.ready()));
    await this.revocation?.ready?.();
  }

  /** The signed token, out of its encryption if it is encrypted. */
  private async open(token: string): Promise<string> {
    if (typeof token !== 'string') throw new TokenRejected('malformed');
    if (token.length > this.limits.maxTokenSize) throw new TokenRejected('token_too_large');
    return token.split('.', 6).length === 5 ? this.decrypter.open(token) : token;
  }

  /** Shape and header; nothing in them is believed yet. */
  private read(token: string): SignedToken {
    const [encodedHeader = '', payload = ''] = partsOf(token, 3) ?? [];
    const header = objectIn(encodedHeader);
    if (header === undefined) throw new TokenRejected('malformed');
    const { alg, typ, kid } = header;
    if (typeof kid !== 'string' || !Object.keys(header).every((name) => KNOWN_MEMBERS.has(name))) {
      throw new TokenRejected('header_not_allowed');
    }
    if (typ !== ACCESS_TOKEN_TYPE) throw new TokenRejected('wrong_type');
    const algorithm = this.limits.algorithms.find((accepted) => accepted === alg);
    if (algorithm === undefined) throw new TokenRejected('algorithm_not_allowed');
    return { token, kid, algorithm, payload };
  }

  private async keyOf(signed: SignedToken): Promise<{ issuer: string; key: VerificationKey }> {
    const issuer = this.issuerOf(signed);
    const key = await this.keysOf.get(issuer)?.find(signed.kid);
    if (key === undefined) throw new TokenRejected('unknown_key');
    if (key.algorithm !== signed.algorithm) throw new TokenRejected('wrong_algorithm');
    return { issuer, key };
  }

  /**
   * Whose keys are to be tried. Of several issuers, the one that the token names, though nothing proves
   * it yet: it only chooses among those that are configured, and the signature then decides.
   */
  private issuerOf({ payload }: SignedToken): string {
    const [only, ...others] = this.keysOf.keys();
    const named = others.length === 0 ? only : objectIn(payload)?.['iss'];
    if (typeof named !== 'string' || !this.keysOf.has(named)) {
      throw new TokenRejected('untrusted_issuer');
    }
    return named;
  }

  private verifyLifetime({ exp, iat }: AccessTokenClaims): void {
    if (exp <= iat || exp - iat > this.limits.maxLifetime) throw new TokenRejected('bad_lifetime');
  }

  private verifyTime({ exp, nbf = 0, iat }: AccessTokenClaims): void {
    const now = this.clock.now() / 1000;
    const { leeway } = this.limits;
    if (now >= exp + leeway) throw new TokenRejected('expired');
    if (now < nbf - leeway || now < iat - leeway) throw new TokenRejected('not_yet_valid');
  }

  private async verifyNotRevoked(claims: AccessTokenClaims, { token, kid }: PresentedToken) {
    if (this.revocation === undefined) return;
    let revoked: unknown;
    try {
      revoked = await this.revocation.isRevoked(claims, { token, kid });
    } catch (cause) {
      if (cause instanceof VerificationUnavailable || cause instanceof TokenRejected) throw cause;
      throw new RevocationUnavailable('The revocation check failed', { cause });
    }
    // Not `=== true`: a check that forgets to answer lets nobody in.
    if (revoked !== false) throw new TokenRejected('revoked');
  }
}

async function verifySignature(token: string, { key, algorithm }: VerificationKey) {
  try {
    const { payload } = await compactVerify(token, key, { algorithms: [algorithm] });
    return parseObject(payload);
  } catch (cause) {
    throw new TokenRejected('bad_signature', { cause });
  }
}
