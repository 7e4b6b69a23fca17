import { QueryFailedError } from 'typeorm';
import type { DataSource } from 'typeorm';
import type { MysqlConnection, MysqlPool } from './database-deadlines.js';

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

/** Whoever listens to TypeORM must be told of every statement, so nothing may go past it. */
export function isListenedTo({ subscribers }: DataSource): boolean {
  return subscribers.length > 0;
}

/** What mysql2 gives: rows, or what became of a statement that has none. */
export type MysqlResult = readonly unknown[] | { readonly affectedRows: number };

/** @throws QueryFailedError as TypeORM does. */
export function askMysql(
  connection: MysqlConnection,
  sql: string,
  parameters: readonly unknown[],
): Promise<MysqlResult> {
  return new Promise((resolve, reject) => {
    connection.query(sql, parameters, (error: Error | null, result?: MysqlResult) => {
      if (error === null && result !== undefined) resolve(result);
      else reject(new QueryFailedError(sql, [...parameters], error ?? new Error('No result')));
    });
  });
}

/** @param pool is asked for at each statement: there is none before the data source is initialized. */
export function onMysql(pool: () => Pick<MysqlPool, 'getConnection'>): RunDirectly {
  return async (sql, parameters) => {
    const connection = await new Promise<MysqlConnection>((resolve, reject) => {
      pool().getConnection((error, got) => {
        if (got !== undefined && error === null) resolve(got);
        else
          reject(new QueryFailedError(sql, [...parameters], error ?? new Error('No connection')));
      });
    });
    try {
      const result = await askMysql(connection, sql, parameters);
      return 'affectedRows' in result
        ? { rows: [], affected: result.affectedRows }
        : { rows: result, affected: 0 };
    } finally {
      connection.release();
    }
  };
}

/** A statement that better-sqlite3 has prepared. */
export interface Prepared {
  readonly reader: boolean;
  all(...parameters: readonly unknown[]): readonly unknown[];
  run(...parameters: readonly unknown[]): {
    readonly changes: number;
    readonly lastInsertRowid: number | bigint;
  };
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
