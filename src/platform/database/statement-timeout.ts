/** What these functions need of a connection of mysql2, which TypeORM keeps untyped. */
export interface MysqlConnection {
  query: MysqlQuery;
  destroy(): void;
}

type Done = (error: Error | null, ...results: unknown[]) => void;
type MysqlQuery = (statement: unknown, ...rest: unknown[]) => unknown;

/** Statements that may take long for good reasons: changes of the schema, and the wait for the lock around them. */
const PATIENT = /^\s*(?:CREATE|ALTER|DROP|RENAME|SELECT GET_LOCK)\b/i;

/**
 * Gives a statement up when the server does not answer in time, and closes the connection: whatever
 * the server says later would be taken for the answer to another statement. Without it, a server that
 * hangs, or a failover that leaves old connections mute, holds its callers for as long as TCP does.
 */
export function giveUpAfter(connection: MysqlConnection, timeout: number): void {
  const query = connection.query.bind(connection);
  connection.query = (statement, ...rest) => {
    if (typeof statement !== 'string' || PATIENT.test(statement)) return query(statement, ...rest);
    const done = rest.pop() as Done; // TypeORM and we always give a callback, last
    const closing: Done = (error, ...results) => {
      if (error !== null && 'code' in error && error.code === 'PROTOCOL_SEQUENCE_TIMEOUT') {
        connection.destroy();
      }
      done(error, ...results);
    };
    return query({ sql: statement, timeout }, ...rest, closing);
  };
}
