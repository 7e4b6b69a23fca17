import { QueryResult } from 'typeorm';
import type { DataSource } from 'typeorm';
import { MysqlQueryRunner } from 'typeorm/driver/mysql/MysqlQueryRunner.js';
import type { MysqlDriver } from 'typeorm/driver/mysql/MysqlDriver.js';
import type { MysqlConnection } from './database-deadlines.js';
import { askMysql, isListenedTo } from './direct-statements.js';

/** Has the statements of transactions go to mysql2 itself, where nobody listens. */
export function runLean(dataSource: DataSource): void {
  const driver = dataSource.driver as MysqlDriver;
  driver.createQueryRunner = (mode) => new LeanMysqlQueryRunner(driver, mode);
}

class LeanMysqlQueryRunner extends MysqlQueryRunner {
  // The overloads of the superclass do not survive an override; the implementation is the same for both.
  override async query(sql: string, ...rest: unknown[]): Promise<never> {
    if (this.isReleased || isListenedTo(this.driver.dataSource)) {
      return super.query(sql, ...(rest as [])) as Promise<never>;
    }
    const [parameters = [], isStructured = false] = rest as [unknown[]?, boolean?];
    const connection = (await this.connect()) as MysqlConnection;
    const raw = await askMysql(connection, sql, parameters);
    if (!isStructured) return raw as never; // of whatever type the caller says
    const result = new QueryResult();
    result.raw = raw;
    if ('affectedRows' in raw) result.affected = raw.affectedRows;
    else result.records = [...raw];
    return result as never;
  }
}
