import { QueryFailedError } from 'typeorm';

/** A value that a unique index does not allow twice. */
const DUPLICATE = new Set([
  'SQLITE_CONSTRAINT_UNIQUE',
  'SQLITE_CONSTRAINT_PRIMARYKEY',
  'ER_DUP_ENTRY',
]);

/** What a change of the schema would make is there: another replica has just made it. */
const DONE_ALREADY = new Set([
  'ER_TABLE_EXISTS_ERROR',
  'ER_DUP_FIELDNAME',
  'ER_DUP_KEYNAME',
  'ER_FK_DUP_NAME',
  'ER_DUP_ENTRY',
  'ER_LOCK_DEADLOCK',
]);

/** A row that refers to another row that is not there. */
const MISSING_REFERENCE = new Set(['SQLITE_CONSTRAINT_FOREIGNKEY', 'ER_NO_REFERENCED_ROW_2']);

/**
 * The database decided between two transactions, and this one may simply run again: deadlock (1213,
 * also a lost certification on Galera), lock wait (1205), changed since read (1020), SQLite busy.
 */
const RETRYABLE = new Set([
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_CHECKREAD',
  'SQLITE_BUSY',
  'SQLITE_BUSY_SNAPSHOT',
]);

/** The database cannot be reached or cannot write now, which is no fault of the request: 503. */
const UNAVAILABLE = new Set([
  ...RETRYABLE,
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNABORTED',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'POOL_CLOSED',
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_USER_LIMIT_REACHED',
  'ER_NORMAL_SHUTDOWN',
  'ER_LOCK_TABLE_FULL',
  'ER_SERVER_SHUTDOWN',
  'ER_QUERY_INTERRUPTED',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_READ_ONLY_MODE',
  'ER_RECORD_FILE_FULL',
  'ER_DISK_FULL',
  'ER_UNKNOWN_COM_ERROR',
  'SQLITE_FULL',
  'SQLITE_READONLY',
  'SQLITE_CANTOPEN',
]);

/** MariaDB's own numbers, to which mysql2 gives no name: connection killed, statement took too long. */
const UNAVAILABLE_NUMBERS = new Set([1927, 1969]);

/** Messages of failures to which the drivers give no code. */
const UNAVAILABLE_MESSAGE =
  /^(?:Queue limit reached|No connections available|Pool is closed|Can't add new command when connection is in closed state|Connection lost|The database connection is not open|Connection is not established with)/i;

/** Whether a write failed because a unique index already holds the value. */
export function isDuplicate(error: unknown): boolean {
  return DUPLICATE.has(codeOf(error));
}

/** Whether a change of the schema failed because somebody else was in front by a moment. */
export function isDoneAlready(error: unknown): boolean {
  return DONE_ALREADY.has(codeOf(error));
}

/** Whether a write failed because the row that it refers to does not exist. */
export function isMissingReference(error: unknown): boolean {
  return MISSING_REFERENCE.has(codeOf(error));
}

/** Whether the whole transaction may be run again. */
export function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(codeOf(error));
}

/** Whether a lock was waited for in vain, which took as long as a request may take. */
export function isLockTimeout(error: unknown): boolean {
  return codeOf(error) === 'ER_LOCK_WAIT_TIMEOUT';
}

/** Whether the failure says that the database is out of reach or cannot serve now. */
export function isUnavailable(error: unknown): boolean {
  const { code, message, errno } = causeOf(error);
  return (
    UNAVAILABLE.has(code) ||
    UNAVAILABLE_NUMBERS.has(errno) ||
    code.startsWith('SQLITE_IOERR') ||
    UNAVAILABLE_MESSAGE.test(message)
  );
}

function codeOf(error: unknown): string {
  return causeOf(error).code;
}

/**
 * What the driver said. By its members and not by `instanceof Error`: under jest, errors of Node itself
 * and of better-sqlite3's native part are made from another realm's `Error`.
 */
function causeOf(error: unknown): {
  readonly code: string;
  readonly errno: number;
  readonly message: string;
} {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (typeof cause !== 'object' || cause === null) return { code: '', errno: 0, message: '' };
  const { code, errno, message } = cause as { code?: unknown; errno?: unknown; message?: unknown };
  return { code: text(code), errno: typeof errno === 'number' ? errno : 0, message: text(message) };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
