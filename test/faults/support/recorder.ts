import { appendFileSync } from 'node:fs';

/**
 * What a client knows of an operation. `unknown` is a request without an answer, or with one that does
 * not say whether it happened: it may or may not have, and counts as neither.
 */
export type Outcome = 'ok' | 'fail' | 'unknown';

export type Operation =
  | 'login'
  | 'refresh'
  | 'me'
  | 'logout'
  | 'create-user'
  | 'disable-user'
  | 'set-roles'
  | 'revoke-tokens'
  | 'revoke'
  | 'oauth-revoke'
  | 'logout-all'
  | 'change-password'
  | 'create-account'
  | 'create-credential'
  | 'delete-credential'
  | 'client-token'
  | 'introspect'
  | 'rotate-keys'
  | 'compromise-key'
  | 'jwks'
  | 'live';

/** One operation of one client. Times are milliseconds of the harness's monotonic clock. */
export interface OperationRecord {
  /** Sent as `X-Request-Id`, and so in the audit log. */
  readonly id: string;
  readonly user: string;
  /** The session; empty where there is none. */
  readonly session: string;
  readonly op: Operation;
  readonly replica: string;
  readonly t0: number;
  readonly t1: number;
  /** 0 without an answer. */
  readonly status: number;
  readonly code: string;
  readonly outcome: Outcome;
}

/** The history of a run, in memory for the checker and as lines in a file for people. */
export class Recorder {
  readonly records: OperationRecord[] = [];

  constructor(private readonly file: string) {}

  add(record: OperationRecord): void {
    this.records.push(record);
    appendFileSync(this.file, `${JSON.stringify(record)}\n`);
  }

  count(outcome: Outcome, op?: Operation): number {
    return this.records.filter(
      (record) => record.outcome === outcome && (op === undefined || record.op === op),
    ).length;
  }

  /** The longest that an answer took to come, in ms, among the operations that began in the span. */
  slowest(from = 0, until = Infinity, only?: Operation): number {
    const took = this.records
      .filter(({ t0, status }) => t0 >= from && t0 < until && status !== 0)
      .filter(({ op }) => op === only || (only === undefined && op !== 'live'))
      .map(({ t0, t1 }) => t1 - t0);
    return Math.max(0, ...took);
  }
}
