/** What these functions need of a connection of mysql2, which TypeORM keeps untyped. */
export interface MysqlConnection {
  query: MysqlQuery;
  destroy(): void;
  release(): void;
}

/** The same of its pool. */
export interface MysqlPool {
  on(event: 'connection', listener: (connection: MysqlConnection) => void): void;
  getConnection: GetConnection;
}

type Done = (error: Error | null, ...results: unknown[]) => void;
type MysqlQuery = (statement: unknown, ...rest: unknown[]) => unknown;
type GotConnection = (error: Error | null, connection?: MysqlConnection) => void;
type GetConnection = (done: GotConnection) => void;

/** Statements that may take long for good reasons: changes of the schema, and the wait for the lock around them. */
const PATIENT = /^\s*(?:CREATE|ALTER|DROP|RENAME|SELECT GET_LOCK)\b/i;
/** A commit is not cut short: what became of it would be unknown. In ms. */
const COMMIT_AT_LEAST = 1000;

/** When each connection must be given back by whoever has it, on the monotonic clock. */
const leases = new WeakMap<MysqlConnection, number>();

/**
 * Bounds what a caller waits for a connection, in ms. mysql2 waits without an end: in its queue, and even
 * for ever when the connections before it fail, since only one that is given back wakes the next in line.
 */
export function waitAtMost(pool: MysqlPool, timeout: number, lease: number): void {
  const getConnection = pool.getConnection.bind(pool);
  pool.getConnection = (done) => {
    let isGivenUp = false;
    const timer = setTimeout(() => {
      isGivenUp = true;
      done(new Error('No connections available in time'));
    }, timeout);
    getConnection((error, connection) => {
      if (isGivenUp) {
        connection?.release(); // for the next in line
        return;
      }
      clearTimeout(timer);
      if (connection !== undefined) leases.set(connection, performance.now() + lease);
      done(error, connection);
    });
  };
}

/**
 * Gives a statement up when the server does not answer in time, and closes the connection: whatever
 * the server says later would be taken for the answer to another statement. Without it, a server that
 * hangs, or a failover that leaves old connections mute, holds its callers for as long as TCP does.
 * What is left of the lease bounds it as well, so that a transaction is no longer than one statement.
 */
export function giveUpAfter(connection: MysqlConnection, timeout: number): void {
  const query = connection.query.bind(connection);
  connection.query = (statement, ...rest) => {
    if (typeof statement !== 'string') return query(statement, ...rest);
    if (PATIENT.test(statement)) {
      leases.delete(connection); // schema changes go on as long as they must
      return query(statement, ...rest);
    }
    const done = rest.pop() as Done; // TypeORM and we always give a callback, last
    const closing: Done = (error, ...results) => {
      if (error !== null && 'code' in error && error.code === 'PROTOCOL_SEQUENCE_TIMEOUT') {
        connection.destroy();
      }
      done(error, ...results);
    };
    const left = (leases.get(connection) ?? Infinity) - performance.now();
    const least = statement === 'COMMIT' ? COMMIT_AT_LEAST : 1; // 0 would be no limit
    const limit = Math.ceil(Math.max(least, Math.min(timeout, left)));
    return query({ sql: statement, timeout: limit }, ...rest, closing);
  };
}
