import type { Clock } from './clock.js';
import type { DecryptionKey } from './decrypter.js';
import type { HttpOptions } from './http.js';
import type { KeyCaching } from './issuer-keys.js';
import { SIGNING_ALGORITHMS } from './key-set.js';
import type { SigningAlgorithm } from './key-set.js';
import type { RevocationCheck } from './revocation.js';

/** An installation of Signet whose tokens are accepted. */
export interface TrustedIssuer {
  /** Exactly as in the tokens' `iss`. */
  readonly issuer: string;
  /** Where its keys are; taken from its metadata when absent. */
  readonly jwksUri?: string;
}

/** What is accepted, from whomever. Spans are seconds. */
interface Policy extends HttpOptions, KeyCaching {
  /** The identifier of your resource; several while one takes another's place. */
  readonly audience: string | readonly [string, ...string[]];
  /** Of the algorithms that keys may be used with; ES256, ES384, RS256 and PS256 when absent. */
  readonly algorithms?: readonly SigningAlgorithm[];
  /** Tokens that live longer are refused; 3600 when absent. */
  readonly maxLifetime?: number;
  /** By how much clocks may differ; 5 when absent, at most 60. */
  readonly leeway?: number;
  /** Characters above which a token is not even looked at; 8192 when absent. */
  readonly maxTokenSize?: number;
  /** For tokens that are encrypted for your resource; without them such tokens are refused. */
  readonly decryptionKeys?: readonly DecryptionKey[];
  /** Asked last; without it a revoked token is accepted until it expires. */
  readonly revocation?: RevocationCheck;
  /** Parts of a clock, for tests. */
  readonly clock?: Partial<Clock>;
}

interface OneIssuer extends TrustedIssuer {
  readonly issuers?: never;
}

interface SeveralIssuers {
  readonly issuers: readonly TrustedIssuer[];
  readonly issuer?: never;
  readonly jwksUri?: never;
}

export type VerifierOptions = Policy & (OneIssuer | SeveralIssuers);

const LEEWAY_MAX = 60;

/** The issuers that are named, each once. */
export function issuersIn(options: VerifierOptions): readonly TrustedIssuer[] {
  const issuers = options.issuers ?? [options];
  const names = issuers.map(({ issuer }) => issuer);
  if (names.length === 0 || new Set(names).size < names.length) {
    throw new TypeError('issuers names at least one issuer, and each of them once');
  }
  return issuers;
}

/** The limits that tokens are held against. Spans are seconds. */
export interface Limits {
  readonly audiences: readonly string[];
  readonly algorithms: readonly SigningAlgorithm[];
  readonly maxLifetime: number;
  readonly leeway: number;
  readonly maxTokenSize: number;
}

/** @throws TypeError for a value that would accept more, or less, than anybody can mean. */
export function limitsIn(options: VerifierOptions): Limits {
  const { audience, algorithms = SIGNING_ALGORITHMS, leeway = 5 } = options;
  const { maxLifetime = 3600, maxTokenSize = 8192 } = options;
  const audiences = typeof audience === 'string' ? [audience] : audience;
  if (!Array.isArray(audiences) || audiences.length === 0 || !audiences.every(isText)) {
    throw new TypeError('audience is the identifier of your resource');
  }
  if (algorithms.length === 0 || !algorithms.every((name) => SIGNING_ALGORITHMS.includes(name))) {
    throw new TypeError(`algorithms are some of ${SIGNING_ALGORITHMS.join(', ')}`);
  }
  expectWithin('leeway', leeway, 0, LEEWAY_MAX);
  expectWithin('maxLifetime', maxLifetime, 1, 86_400);
  expectWithin('maxTokenSize', maxTokenSize, 256, 65_536);
  const { keysMaxAge = 600, keysCooldown = 30, keysStaleFor = 3600, timeout = 5 } = options;
  expectWithin('keysCooldown', keysCooldown, 1, 3600);
  expectWithin('keysMaxAge', keysMaxAge, keysCooldown, 86_400);
  expectWithin('keysStaleFor', keysStaleFor, 0, 604_800);
  expectWithin('timeout', timeout, 0.1, 60);
  return { audiences, algorithms, maxLifetime, leeway, maxTokenSize };
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

/** @throws TypeError unless the value is a number in that range. */
export function expectWithin(name: string, value: number, least: number, most: number): void {
  // Written so that NaN and text are outside.
  if (!(typeof value === 'number' && value >= least && value <= most)) {
    throw new TypeError(`${name} must be a number from ${least} to ${most}`);
  }
}
