import { QueryFailedError } from 'typeorm';
import type { MysqlPool } from './database-deadlines.js';

/** What a statement gave: the rows of a SELECT, the number of rows that anything else touched. */
export interface StatementResult {
  readonly rows: readonly unknown[];
  readonly affected: number;
}

/**
 * Runs one statement outside of any transaction, by the driver itself. TypeORM makes a query runner for
 * each, tells its listeners, and reads the result again, which costs as much as the statement.
 *
 * @throws QueryFailedError as TypeORM does.
 */
export type RunDirectly = (sql: string, parameters: readonly unknown[]) => Promise<StatementResult>;

type Done = (error: Error | null, result?: readonly unknown[] | { affectedRows: number }) => void;

/** @param pool is asked for at each statement: there is none before the data source is initialized. */
export function onMysql(pool: () => Pick<MysqlPool, 'getConnection'>): RunDirectly {
  return (sql, parameters) =>
    new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        reject(new QueryFailedError(sql, [...parameters], error));
      };
      pool().getConnection((error, connection) => {
        if (error !== null || connection === undefined) {
          fail(error ?? new Error('No connection'));
          return;
        }
        const done: Done = (failure, result) => {
          connection.release();
          if (failure !== null || result === undefined) fail(failure ?? new Error('No result'));
          else if ('affectedRows' in result) resolve({ rows: [], affected: result.affectedRows });
          else resolve({ rows: result, affected: 0 });
        };
        connection.query(sql, parameters, done);
      });
    });
}

/** A statement that better-sqlite3 has prepared. */
export interface Prepared {
  readonly reader: boolean;
  all(...parameters: readonly unknown[]): readonly unknown[];
  run(...parameters: readonly unknown[]): { readonly changes: number };
}

/** @param prepare also remembers it. */
export function onSqlite(prepare: (sql: string) => Prepared): RunDirectly {
  return (sql, parameters) => {
    try {
      const statement = prepare(sql);
      return Promise.resolve(
        statement.reader
          ? { rows: statement.all(...parameters), affected: 0 }
          : { rows: [], affected: statement.run(...parameters).changes },
      );
    } catch (error) {
      // Whatever the driver throws, as TypeORM takes it: its errors know no common class in every realm.
      return Promise.reject(new QueryFailedError(sql, [...parameters], error as Error));
    }
  };
}
