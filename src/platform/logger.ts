import type { LoggerService } from '@nestjs/common';
import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import { standardOutput } from './standard-output.js';

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

/** JSON logs, one line an event, to standard output unless tests want to read them. */
export function createLogger(
  level: string,
  destination: DestinationStream = standardOutput(),
): Logger {
  return pino(
    {
      level,
      base: { service: 'signet' },
      timestamp: isoTime(),
      redact: {
        paths: SECRET_MEMBERS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
        censor: '[redacted]',
      },
      serializers: { err: errorFields },
    },
    destination,
  );
}

/** The time as pino's `isoTime` has it, formatted once a millisecond: formatting takes as long as a line. */
function isoTime(): () => string {
  let at = 0;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== at) {
      at = now;
      text = `,"time":"${new Date(now).toISOString()}"`;
    }
    return text;
  };
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
