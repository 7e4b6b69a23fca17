import type { LoggerService } from '@nestjs/common';
import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';

/** The injection token of the pino logger. */
export const LOGGER = Symbol('LOGGER');

/** Members whose values never reach a log line, at the depths where our own log calls could put them. */
const SECRET_MEMBERS = [
  'password',
  'currentPassword',
  'newPassword',
  'setupToken',
  'token',
  'refresh_token',
  'access_token',
  'client_secret',
  'client_assertion',
  'secret',
  'secretHash',
  'authorization',
  'cookie',
];

/** Lines are written together: a write for each would cost a request as much as verifying its token. */
const BATCH_BYTES = 4096;
const WRITE_EVERY_MS = 100;
/** Of lines that nobody reads off the pipe; what comes after that is lost, and requests go on. */
const UNREAD_MAX_BYTES = 16 * 1024 * 1024;

/** How long an exit waits for somebody to read what is left. */
const LAST_WRITE_MS = 1000;

/** Standard output, at most a tenth of a second late; what is left is written when the process exits. */
function standardOutput(): DestinationStream {
  let giveUpAt = Infinity;
  const output = pino.destination({
    dest: 1,
    sync: false,
    minLength: BATCH_BYTES,
    periodicFlush: WRITE_EVERY_MS,
    maxLength: UNREAD_MAX_BYTES,
    retryEAGAIN: () => performance.now() < giveUpAt,
  });
  // Before pino's own listener, which tries for ever: a process whose pipe nobody reads would never end.
  process.prependOnceListener('exit', () => {
    giveUpAt = performance.now() + LAST_WRITE_MS;
    try {
      output.flushSync();
    } catch {
      output.destroy(); // what nobody reads is lost; there is nowhere left to say so
    }
  });
  return output;
}

/** JSON logs, one line an event, to standard output unless tests want to read them. */
export function createLogger(
  level: string,
  destination: DestinationStream = standardOutput(),
): Logger {
  return pino(
    {
      level,
      base: { service: 'signet' },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: SECRET_MEMBERS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
        censor: '[redacted]',
      },
      serializers: { err: errorFields },
    },
    destination,
  );
}

/** Only what is safe of an error: TypeORM and mysql2 hang the SQL and its parameters (hashes, tokens) on theirs. */
function errorFields(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...('code' in error ? { code: error.code } : {}),
  };
}

/** Nest's own messages, through pino. Its start-up chatter is for debugging. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: unknown): void {
    this.logger.debug({ context }, String(message));
  }

  error(message: unknown, stack?: unknown, context?: unknown): void {
    this.logger.error({ context, stack }, String(message));
  }

  warn(message: unknown, context?: unknown): void {
    this.logger.warn({ context }, String(message));
  }
}
