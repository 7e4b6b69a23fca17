import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { EntityManager, EntityTarget, ObjectLiteral, Repository } from 'typeorm';
import { AppDataSource } from './data-source.js';
import { isListenedTo } from './direct-statements.js';
import { isLockTimeout, isRetryable } from './database-errors.js';
import { nowMillisSql } from './dialect.js';
import type { RawNumber } from './dialect.js';
import { currentTransaction, runInside } from './transaction-context.js';

/**
 * How often a transaction that lost against another one is run in all. On a cluster of which every node
 * writes, those who change one row at once all lose but one, each time.
 */
const ATTEMPTS = 8;
/** Between two of them, in ms; half of it on average. */
const PAUSE_MAX = 200;

/** Ends a rehearsal: it throws its transaction away. */
class RehearsalOver extends Error {}

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
    if (this.goesDirectly) {
      // A transaction of its own, which may lose against another one as any can.
      const direct = () => this.dataSource.runDirectly(sql, parameters);
      return (await retried(direct)).affected;
    }
    const { queryRunner } = this.manager;
    const runner = queryRunner ?? this.dataSource.createQueryRunner();
    try {
      const result = await runner.query(sql, [...parameters], true);
      return result.affected ?? 0;
    } finally {
      if (queryRunner === undefined) await runner.release();
    }
  }

  /**
   * Keeps everyone else from locking the row until the transaction ends. It changes the row, and so does each
   * lock: FOR UPDATE does not exist on SQLite, and on a Galera cluster only what is changed is a conflict
   * between two nodes. Needs a table with the column `lock_count`, and a transaction.
   */
  async lock(table: string, key: string, id: string): Promise<void> {
    await this.execute(
      `UPDATE ${table} SET lock_count = COALESCE(lock_count, 0) + 1 WHERE ${key} = ?`,
      [id],
    );
  }

  /** Outside of a transaction, where no query runner is needed. */
  private get goesDirectly(): boolean {
    return (
      currentTransaction() === undefined &&
      !isListenedTo(this.dataSource) &&
      this.dataSource.isInitialized
    );
  }

  /** SQL that yields what `now` does, for statements that read something else as well. */
  get nowSql(): string {
    return nowMillisSql(this.dialect);
  }

  /** The database's own clock, in milliseconds since the epoch: the one clock that all replicas share. */
  async now(): Promise<number> {
    const [row] = await this.select<{ now: RawNumber }>(`SELECT ${this.nowSql} AS now`);
    return Number(row?.now);
  }

  /**
   * Runs `work` as one transaction. Lost against another transaction (deadlock), it is rolled back and
   * run again as a whole; a lock that was waited for in vain is not waited for again. Since it may run
   * twice, `work` must have no effect but through the database; effects belong into `afterCommit`.
   */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    return currentTransaction() === undefined ? retried(() => this.attempt(work)) : work();
  }

  /**
   * Runs `work` as `transaction` does, errors and all, and then undoes it: nothing of it is stored, and no
   * effect of `afterCommit` happens. Outside of transactions only, for no part of one can be undone.
   */
  async rehearse(work: () => Promise<unknown>): Promise<void> {
    if (currentTransaction() !== undefined) throw new Error('rehearse inside of a transaction');
    try {
      await this.transaction(async () => {
        await work();
        throw new RehearsalOver();
      });
    } catch (error) {
      if (!(error instanceof RehearsalOver)) throw error;
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
    const result = await this.dataSource.transaction((manager) =>
      runInside({ manager, afterCommit }, work),
    );
    for (const effect of afterCommit) effect();
    return result;
  }
}

/** The same database, by a connection that requests do not queue for. */
export class WatchDatabase extends Database {}

/** Runs a transaction again as a whole that lost against another one. */
async function retried<T>(transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction();
    } catch (error) {
      const attempts = isLockTimeout(error) ? 1 : ATTEMPTS;
      if (attempt >= attempts || !isRetryable(error)) throw error;
      await sleep(Math.random() * Math.min(PAUSE_MAX, 20 * 2 ** attempt));
    }
  }
}
