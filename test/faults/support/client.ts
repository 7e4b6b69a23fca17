import { randomUUID } from 'node:crypto';
import type { Judgement } from './judgement.js';
import type { Operation, OperationRecord, Outcome, Recorder } from './recorder.js';
import type { Replica } from './replica.js';

/** How long a client waits for an answer: longer than any that the server may take. */
const PATIENCE_MS = 30_000;
const STACK = /node_modules|\bat [\w.<>]+ \(|\.js:\d+/;

/** Where a request is sent: a replica, or a relay in front of it. */
export type Target = Pick<Replica, 'url' | 'name'>;

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly token?: string | undefined;
  readonly body?: unknown;
  /** Instead of a body, as OAuth's endpoints take it. */
  readonly form?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly session?: string;
}

export interface Answer {
  /** 0 when none came. */
  readonly status: number;
  readonly body: unknown;
  readonly record: OperationRecord;
}

/** Sends requests, writes down what came of each, and looks at what holds for any answer. */
export class Client {
  constructor(
    private readonly recorder: Recorder,
    private readonly judgement: Judgement,
  ) {}

  async send(target: Target, op: Operation, request: Request): Promise<Answer> {
    const id = randomUUID();
    const t0 = performance.now();
    const { status, headers, text } = await exchange(target.url, id, request);
    const body = parse(text);
    const record: OperationRecord = {
      id,
      user: request.user ?? '',
      session: request.session ?? '',
      op,
      replica: target.name,
      t0: Math.round(t0),
      t1: Math.round(performance.now()),
      status,
      code: stringOf(body, 'code'),
      outcome: outcomeOf(status),
    };
    this.recorder.add(record);
    if (status !== 0) this.lookAt(record, headers, text);
    return { status, body, record };
  }

  private lookAt({ op, status, id }: OperationRecord, headers: Headers, text: string): void {
    this.judgement.expect(
      'I-9',
      status < 500 || status === 503 || status === 504,
      `${op} answered ${status} (request ${id})`,
    );
    this.judgement.expect(
      'I-9',
      !(status >= 400 && STACK.test(text)),
      `${op} shows a stack: ${text.slice(0, 200)}`,
    );
    this.judgement.expect(
      'I-6',
      status !== 503 || headers.has('retry-after'),
      `${op} answered 503 without Retry-After (request ${id})`,
    );
  }
}

async function exchange(
  url: string,
  id: string,
  { method, path, token, body, form }: Request,
): Promise<{ status: number; headers: Headers; text: string }> {
  try {
    const answer = await fetch(url + path, {
      method,
      headers: {
        'x-request-id': id,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }), // says its type itself
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  } catch {
    return { status: 0, headers: new Headers(), text: '' }; // no answer is an outcome, and recorded as one
  }
}

function outcomeOf(status: number): Outcome {
  if (status === 0 || status >= 500) return 'unknown';
  return status < 400 ? 'ok' : 'fail';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // empty, or half an answer
  }
}

/** A member of an answer that should be text; empty when it is not. */
export function stringOf(body: unknown, member: string): string {
  if (typeof body !== 'object' || body === null) return '';
  const value: unknown = (body as Record<string, unknown>)[member]; // any object may be asked
  return typeof value === 'string' ? value : '';
}
