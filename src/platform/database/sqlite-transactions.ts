import type { DataSource } from 'typeorm';
import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner.js';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js';
import { onSqlite } from './direct-statements.js';
import type { Prepared, RunDirectly } from './direct-statements.js';
import { currentTransaction } from './transaction-context.js';

/**
 * Gives transactions on SQLite back their isolation.
 *
 * TypeORM runs everything on one SQLite connection and one query runner, so two overlapping
 * transactions become savepoints of each other: when the first rolls back, the second, already
 * reported as committed, is gone. Here each lease is a query runner of its own, and a transaction owns
 * the connection until it ends; whoever else has a statement waits for its turn. Goes away when
 * TypeORM gives each SQLite transaction its own connection.
 *
 * @returns the short way for one statement, which takes its turn like the others.
 */
export function serializeSqliteTransactions(dataSource: DataSource): RunDirectly {
  const driver = dataSource.driver as BetterSqlite3Driver;
  const turns = new Turns();
  const statements = new Map<string, Prepared>();
  driver.createQueryRunner = () => new TurnTakingQueryRunner(driver, turns, statements);
  const run = onSqlite((sql) => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const { databaseConnection } = driver as unknown as { databaseConnection: Connection };
    const prepared = databaseConnection.prepare(sql);
    statements.set(sql, prepared);
    return prepared;
  });
  return async (sql, parameters) => {
    const endTurn = await turns.take();
    try {
      return await run(sql, parameters);
    } finally {
      endTurn();
    }
  };
}

/** What is needed of better-sqlite3's connection, which TypeORM keeps untyped. */
interface Connection {
  prepare(sql: string): Prepared;
}

/** A first-come-first-served lock. */
class Turns {
  private last: Promise<void> = Promise.resolve();

  async take(): Promise<() => void> {
    const before = this.last;
    let done!: () => void; // assigned by the executor, which runs at once
    this.last = new Promise((resolve) => (done = resolve));
    await before;
    return done;
  }
}

class TurnTakingQueryRunner extends BetterSqlite3QueryRunner {
  private endTurn: (() => void) | undefined;

  constructor(
    driver: BetterSqlite3Driver,
    private readonly turns: Turns,
    statements: Map<string, Prepared>,
  ) {
    super(driver);
    // Prepared statements belong to the connection, so they outlive this lease of it.
    Object.assign(this, { stmtCache: statements });
  }

  override async startTransaction(
    ...args: Parameters<BetterSqlite3QueryRunner['startTransaction']>
  ): Promise<void> {
    this.endTurn ??= await this.takeTurn('BEGIN TRANSACTION');
    try {
      await super.startTransaction(...args);
    } catch (error) {
      this.endTurnIfIdle();
      throw error;
    }
  }

  override async commitTransaction(): Promise<void> {
    await super.commitTransaction();
    this.endTurnIfIdle();
  }

  override async rollbackTransaction(): Promise<void> {
    try {
      await super.rollbackTransaction();
    } finally {
      this.endTurnIfIdle();
    }
  }

  override async release(): Promise<void> {
    await super.release();
    if (this.endTurn === undefined) return;
    // Whatever went wrong before, the connection must not stay inside a transaction that nobody owns.
    const connection = (await this.connect()) as {
      inTransaction: boolean;
      exec(sql: string): void;
    };
    if (connection.inTransaction) connection.exec('ROLLBACK');
    this.isTransactionActive = false;
    this.endTurnIfIdle();
  }

  // The overloads of the superclass do not survive an override; the implementation is the same for both.
  override async query(sql: string, ...rest: unknown[]): Promise<never> {
    // IMMEDIATE: a read that becomes a write later could find that another process has written meanwhile.
    const statement = sql === 'BEGIN TRANSACTION' ? 'BEGIN IMMEDIATE TRANSACTION' : sql;
    const run = () => super.query(statement, ...(rest as [])) as Promise<never>;
    if (this.endTurn !== undefined) return run();
    const endTurn = await this.takeTurn(sql);
    try {
      return await run();
    } finally {
      endTurn();
    }
  }

  private takeTurn(sql: string): Promise<() => void> {
    if (currentTransaction() !== undefined) {
      throw new Error(
        `Inside a transaction, but not through its manager (would wait for itself): ${sql}`,
      );
    }
    return this.turns.take();
  }

  private endTurnIfIdle(): void {
    if (this.isTransactionActive) return;
    this.endTurn?.();
    this.endTurn = undefined;
  }
}
