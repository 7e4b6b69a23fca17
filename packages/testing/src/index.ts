export { createMockIssuer, startMockIssuer } from './mock/mock-issuer.js';
export type { MockIssuer, MockIssuerOptions } from './mock/mock-issuer.js';
export { BAD_TOKENS } from './mock/bad-tokens.js';
export type { BadToken, BadTokenName } from './mock/bad-tokens.js';
export type { MockAlgorithm } from './mock/mock-keys.js';
export { DEFAULT_SUBJECT } from './mock/token-request.js';
export type { TokenRequest } from './mock/token-request.js';
export { TestClock } from './mock/test-clock.js';
export type { ClockLike } from './mock/test-clock.js';
export { liveTokens } from './probe/live-tokens.js';
export type { LiveOptions } from './probe/live-tokens.js';
export { CHECK_NAMES, probeService } from './probe/probe.js';
export type {
  CheckResult,
  MockProbeOptions,
  Outcome,
  ProbeReport,
  SourceProbeOptions,
} from './probe/probe.js';
export { tableOf } from './probe/report.js';
export { CannotTell } from './probe/token-source.js';
export type { BadKind, LabelledToken, TokenSource } from './probe/token-source.js';
