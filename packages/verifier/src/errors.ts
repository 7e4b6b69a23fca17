/** The steps of verification, in their order; a token is refused at the first one that fails. */
export const VERIFICATION_STEPS = [
  'size',
  'shape',
  'encryption',
  'header',
  'key',
  'signature',
  'claims',
  'issuer',
  'audience',
  'lifetime',
  'time',
  'access',
  'revocation',
] as const;
export type VerificationStep = (typeof VERIFICATION_STEPS)[number];

/** Every reason for which a token is refused: the step that it failed, and the sentence for a log. */
const REASONS = {
  token_too_large: ['size', 'The token is larger than is accepted'],
  malformed: ['shape', 'This is no compact JWS or JWE'],
  encrypted: ['encryption', 'The token is encrypted and there are no keys to decrypt it'],
  encryption_not_allowed: ['encryption', 'The encryption header has a member or value not allowed'],
  unknown_decryption_key: ['encryption', 'The token is encrypted for a key that is not ours'],
  decryption_failed: ['encryption', 'The token could not be decrypted'],
  header_not_allowed: ['header', 'The header has other members than alg, typ and kid'],
  wrong_type: ['header', 'The token is no access token (typ at+jwt)'],
  algorithm_not_allowed: ['header', 'The algorithm is not accepted'],
  untrusted_issuer: ['key', 'No issuer is configured under the name in the token'],
  unknown_key: ['key', 'The issuer has no key of that name'],
  wrong_algorithm: ['key', 'The key is not used with that algorithm'],
  bad_signature: ['signature', 'The signature does not fit'],
  bad_claims: ['claims', 'A claim is missing or of the wrong type'],
  wrong_issuer: ['issuer', 'The token is from another issuer'],
  wrong_audience: ['audience', 'The token is meant for somebody else'],
  bad_lifetime: ['lifetime', 'The token lives longer than is accepted, or not at all'],
  expired: ['time', 'The token has expired'],
  not_yet_valid: ['time', 'The token is not valid yet'],
  insufficient_scope: ['access', 'The token has not the scope that this needs'],
  insufficient_role: ['access', 'The token has not the role that this needs'],
  revoked: ['revocation', 'The token was revoked'],
  unknown_status: [
    'revocation',
    'The token does not say, where its issuer would, what its status is',
  ],
} as const satisfies Record<string, readonly [VerificationStep, string]>;

export type RejectionCode = keyof typeof REASONS;

/**
 * The token is refused. For your logs and metrics: whoever sent it should see one and the same 401
 * whatever the reason (403 for `insufficient_scope` and `insufficient_role`), as the adapters do.
 */
export class TokenRejected extends Error {
  override readonly name = 'TokenRejected';
  readonly step: VerificationStep;

  constructor(
    readonly code: RejectionCode,
    options?: ErrorOptions,
  ) {
    super(REASONS[code][1], options);
    this.step = REASONS[code][0];
  }

  /** Whether the token is good and only not enough: 403, and signing in again does not help. */
  get isInsufficient(): boolean {
    return this.step === 'access';
  }
}

/** Whether the token is good cannot be known now. Answer 503, never 401: clients would sign out. */
export abstract class VerificationUnavailable extends Error {
  /** What Express and others answer with when nobody catches it. */
  readonly status = 503;

  protected constructor(
    message: string,
    /** After how many seconds it is worth asking again. */
    readonly retryAfter: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The issuer's keys could not be fetched, and there are none left from before. */
export class KeysUnavailable extends VerificationUnavailable {
  override readonly name = 'KeysUnavailable';

  constructor(issuer: string, retryAfter: number, options?: ErrorOptions) {
    super(`The keys of ${issuer} are not available`, retryAfter, options);
  }
}

/** Whether the token was revoked could not be asked. */
export class RevocationUnavailable extends VerificationUnavailable {
  override readonly name = 'RevocationUnavailable';

  constructor(message: string, options?: ErrorOptions) {
    super(message, 1, options);
  }
}
