import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError } from 'fastify';
import type { Logger } from 'pino';
import { problemBody } from './problem.js';
import type { ProblemClass } from './problem.js';
import { HeadersTooLarge, MalformedRequest, PayloadTooLarge, RequestTimedOut } from './problems.js';
import type { SecurityHeaders } from './security-headers.js';

const BY_CODE: Readonly<Record<string, ProblemClass>> = {
  HPE_HEADER_OVERFLOW: HeadersTooLarge,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: PayloadTooLarge,
  ERR_HTTP_REQUEST_TIMEOUT: RequestTimedOut,
};

/** Answers bytes that are no HTTP request, or not all of one in time. No request came about, so no hook runs. */
export function answerBrokenRequests({ strict }: SecurityHeaders, logger: Logger) {
  return (error: ConnectionError, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const Known = BY_CODE[error.code] ?? MalformedRequest;
    const problem = new Known();
    const requestId = randomUUID();
    const { status } = problem.kind;
    logger.info(
      { code: error.code, status, requestId, ip: socket.remoteAddress },
      'broken request',
    );
    const body = JSON.stringify(problemBody(problem, requestId));
    const headers = {
      ...strict,
      'content-type': 'application/problem+json',
      'content-length': Buffer.byteLength(body),
      'x-request-id': requestId,
      connection: 'close',
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`;
    socket.end(head + body, () => {
      socket.destroy();
    });
  };
}
