import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { EntityManager, EntityTarget, ObjectLiteral, Repository } from 'typeorm';
import { AppDataSource } from './data-source.js';
import { isLockTimeout, isRetryable } from './database-errors.js';
import { isolationLevel, nowMillisSql } from './dialect.js';
import type { RawNumber } from './dialect.js';
import { currentTransaction, runInside } from './transaction-context.js';

/** How often a transaction that lost against another one is run in all. */
const ATTEMPTS = 5;

/**
 * The way to the database, and the unit of work.
 *
 * Everything inside `transaction` uses that transaction by itself, however deep the call: a repository
 * cannot forget to take part. Nested calls join the outer transaction.
 */
@Injectable()
export class Database {
  constructor(readonly dataSource: AppDataSource) {}

  get dialect() {
    return this.dataSource.dialect;
  }

  /** The manager of the current transaction, or the one outside of any. */
  get manager(): EntityManager {
    return currentTransaction()?.manager ?? this.dataSource.manager;
  }

  repository<T extends ObjectLiteral>(entity: EntityTarget<T>): Repository<T> {
    return this.manager.getRepository(entity);
  }

  /** Runs SQL written out by hand. `?` marks a parameter on every dialect. */
  async select<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    if (this.goesDirectly) {
      const { rows } = await this.dataSource.runDirectly(sql, parameters);
      return rows as Row[]; // the caller's word, as below
    }
    return this.manager.query<Row[]>(sql, [...parameters]);
  }

  /** The number of rows that a written-out INSERT, UPDATE or DELETE touched. */
  async execute(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    if (this.goesDirectly) return (await this.dataSource.runDirectly(sql, parameters)).affected;
    const { queryRunner } = this.manager;
    const runner = queryRunner ?? this.dataSource.createQueryRunner();
    try {
      const result = await runner.query(sql, [...parameters], true);
      return result.affected ?? 0;
    } finally {
      if (queryRunner === undefined) await runner.release();
    }
  }

  /** Only outside of a transaction; and whoever listens to TypeORM is told of every statement. */
  private get goesDirectly(): boolean {
    return (
      currentTransaction() === undefined &&
      this.dataSource.subscribers.length === 0 &&
      this.dataSource.isInitialized
    );
  }

  /** The database's own clock, in milliseconds since the epoch: the one clock that all replicas share. */
  async now(): Promise<number> {
    const [row] = await this.select<{ now: RawNumber }>(
      `SELECT ${nowMillisSql(this.dialect)} AS now`,
    );
    return Number(row?.now);
  }

  /**
   * Runs `work` as one transaction. Lost against another transaction (deadlock), it is rolled back and
   * run again as a whole; a lock that was waited for in vain is not waited for again. Since it may run
   * twice, `work` must have no effect but through the database; effects belong into `afterCommit`.
   */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    if (currentTransaction() !== undefined) return work();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(work);
      } catch (error) {
        const attempts = isLockTimeout(error) ? 1 : ATTEMPTS;
        if (attempt >= attempts || !isRetryable(error)) throw error;
        await sleep(Math.random() * 20 * 2 ** attempt);
      }
    }
  }

  /** Runs `effect` once the current transaction is committed; never when it is rolled back. */
  afterCommit(effect: () => void): void {
    const context = currentTransaction();
    if (context === undefined) throw new Error('afterCommit outside of a transaction');
    context.afterCommit.push(effect);
  }

  private async attempt<T>(work: () => Promise<T>): Promise<T> {
    const afterCommit: (() => void)[] = [];
    const level = isolationLevel(this.dialect);
    const inside = (manager: EntityManager) => runInside({ manager, afterCommit }, work);
    const result = await (level === undefined
      ? this.dataSource.transaction(inside)
      : this.dataSource.transaction(level, inside));
    for (const effect of afterCommit) effect();
    return result;
  }
}

/** The same database, by a connection that requests do not queue for. */
export class WatchDatabase extends Database {}
