import type { AccessTokenClaims } from '../../../../src/tokens/claims.js';
import { ACCESS_TOKEN_TYPE } from '../../../../src/tokens/jws-header.js';
import { claimsOf, sign } from '../../../../src/tokens/mint.js';
import type { TokenPolicy } from '../../../../src/tokens/mint.js';
import { compact, signerOf } from '../jws.js';
import type { Json } from '../jws.js';
import type { MockKeys } from './mock-keys.js';
import { MockRevocations } from './mock-revocations.js';
import type { ClockLike } from './test-clock.js';
import { grantOf } from './token-request.js';
import type { TokenRequest } from './token-request.js';

/** The issuer's settings that tokens depend on. */
export interface MintPolicy extends TokenPolicy {
  /** Of tokens that ask for none; Signet's own API, which is the issuer, when absent. */
  readonly audience?: string;
}

/** Makes tokens with Signet's own code for it. */
export class Minter {
  readonly revocations = new MockRevocations();

  constructor(
    readonly keys: MockKeys,
    readonly clock: ClockLike,
    readonly policy: MintPolicy,
  ) {}

  /** The claims of a token that is issued at `asOf`, in milliseconds; now, when absent. */
  claims(request: TokenRequest, asOf = this.clock.now()): AccessTokenClaims {
    const audience = request.audience ?? this.policy.audience;
    const asked = audience === undefined ? request : { ...request, audience };
    return claimsOf(grantOf(asked, asOf, this.revocations), this.policy);
  }

  /** Signs as Signet does. */
  sign(claims: AccessTokenClaims): string {
    return sign(claims, this.keys.active);
  }

  /** Signs, with the key that signs, what Signet never would: any claims under any header. */
  signAnything(claims: Json, header: Json = {}): string {
    const { kid, algorithm, privateKey } = this.keys.active;
    const ours = { alg: algorithm, typ: ACCESS_TOKEN_TYPE, kid };
    return compact({ ...ours, ...header }, claims, signerOf(algorithm, privateKey));
  }
}
