import type { MockIssuer } from '../mock/mock-issuer.js';
import type { TokenRequest } from '../mock/token-request.js';
import type { Check, CheckContext, Finding } from './check.js';
import { ACCEPTS, CHECKS } from './checks.js';
import { mockTokens } from './mock-tokens.js';
import { CannotTell } from './token-source.js';
import type { TokenSource } from './token-source.js';
import type { Target } from './sender.js';

/** `known` is a failure that its owner named beforehand; `untested` says why in its detail. */
export type Outcome = 'passed' | 'failed' | 'known' | 'untested';

export interface CheckResult {
  readonly name: string;
  /** Completes "The service ...". */
  readonly promise: string;
  readonly outcome: Outcome;
  readonly detail: string;
}

export interface ProbeReport {
  /** Whether nothing failed. What is known or was not tested is in the results. */
  readonly ok: boolean;
  readonly results: readonly CheckResult[];
}

interface CommonOptions extends Target {
  /** How many seconds after a revocation the service may still take the token; not tested when absent. */
  readonly revocationBound?: number;
  /** Checks that the service is known to fail. */
  readonly knownGaps?: readonly string[];
}

/** Against a mock issuer that the service trusts. */
export interface MockProbeOptions extends CommonOptions {
  readonly issuer: MockIssuer;
  /** The identifier under which the service is registered. */
  readonly audience: string;
  /** What else a good token says: the scope or the roles that the route wants. */
  readonly token?: TokenRequest;
}

/** With tokens from elsewhere, such as `liveTokens`. */
export interface SourceProbeOptions extends CommonOptions {
  readonly tokens: TokenSource;
}

/** The names of the checks, in their order. */
export const CHECK_NAMES: readonly string[] = [ACCEPTS, ...CHECKS].map(({ name }) => name);

/**
 * Tells whether a service refuses what it must refuse, and takes what it must take. Requests go to `url`
 * only, one after the other.
 *
 * @throws Error when the options make no sense.
 * @throws CannotTell when there is no good token to begin with.
 */
export async function probeService(
  options: MockProbeOptions | SourceProbeOptions,
): Promise<ProbeReport> {
  const { knownGaps = [] } = options;
  expectSense(options, knownGaps);
  const context = contextOf(options);
  const first = await check(ACCEPTS, context, knownGaps);
  if (first.outcome === 'untested') throw new CannotTell(first.detail);
  const results = [first];
  for (const each of CHECKS) {
    results.push(
      first.outcome === 'passed'
        ? await check(each, context, knownGaps)
        : untested(each, 'a service that takes no good token refuses the bad ones for no merit'),
    );
  }
  return { ok: results.every(({ outcome }) => outcome !== 'failed'), results };
}

function expectSense({ url, headers = {} }: Target, knownGaps: readonly string[]): void {
  if (!/^https?:$/.test(new URL(url).protocol)) throw new Error('The URL must be of http or https');
  if (Object.keys(headers).some((name) => name.toLowerCase() === 'authorization'))
    throw new Error('The Authorization header is what the probe sends itself');
  for (const gap of knownGaps) {
    if (!CHECK_NAMES.includes(gap))
      throw new Error(`There is no check "${gap}"; there are ${CHECK_NAMES.join(', ')}`);
    if (gap === ACCEPTS.name)
      throw new Error('A service that takes no good token cannot be tested');
  }
}

function contextOf(options: MockProbeOptions | SourceProbeOptions): CheckContext {
  const { revocationBound } = options;
  return {
    target: options,
    tokens:
      'tokens' in options
        ? options.tokens
        : mockTokens(options.issuer, { ...options.token, audience: options.audience }),
    ...(revocationBound === undefined ? {} : { revocationBound }),
  };
}

async function check(
  what: Check,
  context: CheckContext,
  knownGaps: readonly string[],
): Promise<CheckResult> {
  const { name, promise } = what;
  let finding: Finding;
  try {
    finding = await what.run(context);
  } catch (error) {
    if (error instanceof CannotTell) return untested(what, error.message);
    throw error;
  }
  const gap = knownGaps.includes(name) ? 'known' : 'failed';
  return { name, promise, outcome: finding.passed ? 'passed' : gap, detail: finding.detail };
}

function untested({ name, promise }: Check, detail: string): CheckResult {
  return { name, promise, outcome: 'untested', detail };
}
