import { Inject, Injectable } from '@nestjs/common';
import { errors, importJWK, jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { Clock } from '../../platform/clock.js';
import { ServiceUnavailable } from '../../platform/http/problems.js';
import type { PublicJwk } from '../public-key.js';
import type { ServiceCredential } from '../service-credential.entity.js';
import type { Assertion } from './assertion.js';
import { decoyKeys } from './decoy-keys.js';
import { Refusal } from './refusal.js';
import { RemoteJwks } from './remote-jwks.js';

/** An assertion that was signed with a key of the credential, and says what it must. */
export interface VerifiedAssertion {
  readonly credential: ServiceCredential;
  readonly jti: string;
  /** From when on nobody accepts it any more; milliseconds since the epoch. */
  readonly goneAt: number;
}

/** How far ahead an assertion may end, and how old it may be, in seconds. For so long its `jti` is remembered. */
const LIFETIME_MAX = 300;
const JTI_MAX = 256;
/** Keys of one set that are tried for an assertion that does not say which. */
const KEYS_TRIED_MAX = 10;

/** Judges client assertions (RFC 7523 3). */
@Injectable()
export class AssertionVerifier {
  private readonly decoys = decoyKeys();

  constructor(
    private readonly remote: RemoteJwks,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'clockLeeway'>,
  ) {}

  /**
   * Signature first, claims then: whoever has no key learns nothing about the claims.
   *
   * @param credentials the live key pairs of the client that the assertion names.
   * @param audiences what `aud` may be.
   * @throws Refusal
   * @throws ServiceUnavailable when no key fits, and some cannot be known now.
   */
  async verify(
    assertion: Assertion,
    credentials: readonly ServiceCredential[],
    audiences: readonly string[],
  ): Promise<VerifiedAssertion> {
    const { alg, kid } = assertion;
    let tried = 0;
    let unknown: ServiceUnavailable | undefined;
    // Keys that are here come first: nobody else is asked for what need not be.
    const local = credentials.filter(({ jwksUri }) => jwksUri === null);
    const remote = credentials.filter(({ jwksUri }) => jwksUri !== null);
    for (const credential of [...local, ...remote]) {
      const keys = await this.keysOf(credential, kid).catch((error: unknown) => {
        if (!(error instanceof ServiceUnavailable)) throw error;
        unknown = error; // another credential may have the key
        return [];
      });
      // The algorithm is the key's: an assertion that names another one finds no key.
      const fitting = keys.filter((k) => k.alg === alg && (kid === undefined || k.kid === kid));
      for (const key of fitting.slice(0, KEYS_TRIED_MAX)) {
        tried++;
        const claims = await this.claimsSignedWith(key, assertion, audiences);
        if (claims !== undefined) return { credential, ...this.judge(claims, audiences) };
      }
    }
    if (unknown !== undefined) throw unknown;
    if (tried === 0) await this.claimsSignedWith(this.decoys[alg], assertion, audiences);
    throw new Refusal('wrong_signature');
  }

  private keysOf(
    { jwks, jwksUri }: ServiceCredential,
    kid: string | undefined,
  ): Promise<readonly PublicJwk[]> {
    if (jwksUri !== null) return this.remote.keysAt(jwksUri, kid);
    return Promise.resolve(jwks?.keys ?? []);
  }

  /** The claims, as far as jose judges them; undefined when another key signed them. @throws Refusal */
  private async claimsSignedWith(
    key: PublicJwk,
    { text, clientId }: Assertion,
    audiences: readonly string[],
  ): Promise<JWTPayload | undefined> {
    try {
      const { payload } = await jwtVerify(text, await importJWK({ ...key }, key.alg), {
        algorithms: [key.alg],
        issuer: clientId,
        subject: clientId,
        audience: [...audiences],
        requiredClaims: ['exp', 'jti'],
        currentDate: new Date(this.clock.now()),
        clockTolerance: this.settings.clockLeeway / 1000,
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) return undefined;
      if (error instanceof errors.JOSEError) throw new Refusal('wrong_claims');
      throw error;
    }
  }

  /** What jose does not ask. @throws Refusal */
  private judge({ aud, exp = 0, iat, jti }: JWTPayload, audiences: readonly string[]) {
    const now = this.clock.now() / 1000;
    const leeway = this.settings.clockLeeway / 1000;
    const fine =
      // For us and nobody else, who could hand it on.
      [aud].flat().every((audience) => audience !== undefined && audiences.includes(audience)) &&
      exp <= now + LIFETIME_MAX + leeway &&
      (iat === undefined || (iat <= now + leeway && iat >= now - LIFETIME_MAX - leeway)) &&
      isJti(jti);
    if (!fine) throw new Refusal('wrong_claims');
    return { jti, goneAt: Math.ceil((exp + leeway) * 1000) };
  }
}

/** jose has looked whether it is there, not what it is. */
function isJti(jti: unknown): jti is string {
  return typeof jti === 'string' && jti !== '' && jti.length <= JTI_MAX;
}
