import { request as requestHttp } from 'node:http';
import type { OutgoingHttpHeaders } from 'node:http';
import { request as requestHttps } from 'node:https';

/** The service's route that is probed. */
export interface Target {
  /** Of http or https. */
  readonly url: string;
  /** GET when absent. It is called with good tokens too, so it should change nothing. */
  readonly method?: string;
  /** Sent each time. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent each time. */
  readonly body?: string;
  /** After how many seconds without an answer a request is given up; 10 when absent. */
  readonly timeout?: number;
}

/** How a token is sent. */
export interface Carried {
  /** Values of the `Authorization` header, a header each. */
  readonly authorization?: readonly string[];
  /** Parameters added to the URL. */
  readonly query?: Readonly<Record<string, string>>;
}

/** What came back: a status, or why there is none. */
export type Answer =
  | { readonly status: number }
  | {
      readonly problem: string;
      /** Whether the service hung up. */
      readonly hungUp: boolean;
    };

/** Seconds. */
const TIMEOUT = 10;
const HUNG_UP = new Set(['ECONNRESET', 'EPIPE']);

/**
 * Sends a request to the URL of the target and nowhere else: redirects are not followed. Not `fetch`,
 * which folds two `Authorization` headers into one.
 */
export function send(target: Target, { authorization, query }: Carried = {}): Promise<Answer> {
  const url = new URL(target.url);
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
  const headers: OutgoingHttpHeaders = { ...target.headers };
  if (target.body !== undefined) headers['content-length'] = Buffer.byteLength(target.body);
  const open = url.protocol === 'https:' ? requestHttps : requestHttp;
  const timeout = target.timeout ?? TIMEOUT;
  return new Promise((resolve) => {
    const request = open(url, { method: target.method ?? 'GET', headers, agent: false });
    const timer = setTimeout(
      () => request.destroy(new Error(`none within ${timeout} s`)),
      timeout * 1000,
    );
    request.once('close', () => clearTimeout(timer));
    if (authorization !== undefined) request.setHeader('authorization', authorization);
    request.once('response', (response) => {
      response.on('error', () => request.destroy()); // the status is known, and nothing else matters
      response.resume();
      resolve({ status: response.statusCode ?? 0 });
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      resolve({ problem: error.message, hungUp: HUNG_UP.has(error.code ?? '') });
    });
    request.end(target.body);
  });
}
