import { QueryFailedError, QueryResult } from 'typeorm';
import type { DataSource } from 'typeorm';
import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner.js';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js';
import { isListenedTo, onSqlite } from './direct-statements.js';
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
  const statements = new Statements(driver);
  driver.createQueryRunner = () => new TurnTakingQueryRunner(driver, turns, statements);
  bindNumbers(driver);
  const run = onSqlite((sql) => statements.prepare(sql));
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
interface Connected {
  readonly databaseConnection: { prepare(sql: string): Prepared };
}

/** More than there are in the code: lists of parameters differ in length. */
const STATEMENTS_MAX = 500;

/** The statements that were prepared last. They belong to the connection, so they outlive each lease of it. */
class Statements {
  private readonly known = new Map<string, Prepared>();

  constructor(private readonly driver: Connected) {}

  prepare(sql: string): Prepared {
    const known = this.known.get(sql);
    if (known !== undefined) return known;
    const prepared = this.driver.databaseConnection.prepare(sql);
    const [oldest] = this.known.keys();
    if (oldest !== undefined && this.known.size >= STATEMENTS_MAX) this.known.delete(oldest);
    this.known.set(sql, prepared);
    return prepared;
  }
}

/** A number on its way past TypeORM, which on SQLite would write it into the statement: each INSERT would be prepared anew. */
class BoundNumber {
  constructor(readonly value: number) {}
}

/** better-sqlite3 binds numbers as REAL, which a column of text would keep as `5.0`. */
function bindable(value: number): number | bigint {
  return Number.isInteger(value) ? BigInt(value) : value;
}

function bindNumbers(driver: BetterSqlite3Driver): void {
  const escape = driver.escapeQueryWithParameters.bind(driver);
  driver.escapeQueryWithParameters = (sql, parameters) => {
    const wrapped = Object.entries(parameters).map(
      ([name, value]) =>
        [name, typeof value === 'number' ? new BoundNumber(value) : (value as unknown)] as const,
    );
    const [text, values] = escape(sql, Object.fromEntries(wrapped));
    const unwrapped = values.map((value: unknown) =>
      value instanceof BoundNumber ? bindable(value.value) : value,
    );
    return [text, unwrapped];
  };
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

/** The parameters of a query, and whether more than its rows are wanted. */
type Asked = [parameters?: readonly unknown[], isStructured?: boolean];

class TurnTakingQueryRunner extends BetterSqlite3QueryRunner {
  private endTurn: (() => void) | undefined;

  constructor(
    driver: BetterSqlite3Driver,
    private readonly turns: Turns,
    private readonly statements: Statements,
  ) {
    super(driver);
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
    const run = () =>
      !this.isReleased && !isListenedTo(this.driver.dataSource)
        ? this.ask(statement, ...(rest as Asked))
        : (super.query(statement, ...(rest as [])) as Promise<never>);
    if (this.endTurn !== undefined) return run();
    const endTurn = await this.takeTurn(sql);
    try {
      return await run();
    } finally {
      endTurn();
    }
  }

  /** As `query` of the superclass, without what it does for listeners. @throws QueryFailedError */
  private async ask(sql: string, parameters: Asked[0] = [], isStructured = false): Promise<never> {
    await this.connect();
    // better-sqlite3 binds no booleans.
    const values = parameters.map((value) => (typeof value === 'boolean' ? Number(value) : value));
    const result = new QueryResult();
    try {
      const statement = this.statements.prepare(sql);
      if (statement.reader) {
        result.raw = result.records = [...statement.all(...values)];
      } else {
        const { changes, lastInsertRowid } = statement.run(...values);
        result.affected = changes;
        result.raw = lastInsertRowid;
      }
    } catch (error) {
      // Whatever the driver throws, as TypeORM takes it: its errors know no common class in every realm.
      throw new QueryFailedError(sql, values, error as Error);
    }
    return (isStructured ? result : result.raw) as never; // of whatever type the caller says
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
