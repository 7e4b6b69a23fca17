import { DataSource } from 'typeorm';
import type { DataSourceOptions, MigrationInterface } from 'typeorm';
import type { DatabaseAddress } from './database-address.js';
import { giveUpAfter, waitAtMost } from './database-deadlines.js';
import type { MysqlPool } from './database-deadlines.js';
import type { Dialect } from './dialect.js';
import { onMysql } from './direct-statements.js';
import type { RunDirectly } from './direct-statements.js';
import { runLean } from './mysql-query-runner.js';
import { SnakeCaseColumns } from './naming.js';
import { serializeSqliteTransactions } from './sqlite-transactions.js';

/** What a data source is made from. */
export interface DataSourceSpec {
  readonly address: DatabaseAddress;
  readonly poolSize: number;
  /** Milliseconds after which a statement or a transaction is given up, and its connection with it. */
  readonly statementTimeout: number;
  readonly entities: readonly (new () => object)[];
  readonly migrations: readonly (new () => MigrationInterface)[];
}

/** How long a free connection is waited for, in ms: past that the caller gets a quick 503. */
const ACQUIRE_TIMEOUT = 1500;

/**
 * STRICT: without it MariaDB shortens what does not fit. group_concat_max_len: 1,024 on MySQL, too
 * short for a list of roles. A lock is waited for 3 s, not 50: past that the caller gets a 503. The
 * time zone: in any other, `UNIX_TIMESTAMP(NOW())` is an hour off when summer time ends.
 */
const SESSION_SETUP =
  `SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', ` +
  `SESSION time_zone = '+00:00', SESSION group_concat_max_len = 65536, SESSION innodb_lock_wait_timeout = 3`;

/**
 * READ COMMITTED avoids InnoDB's next-key locks, which deadlock parallel refreshes under REPEATABLE READ; races
 * are decided by compare-and-set instead. Of the session, for each transaction would take one more statement.
 */
const ISOLATION = 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED';

/**
 * A TypeORM data source that behaves alike on SQLite and on MariaDB/MySQL: text compared byte for
 * byte, strict writes, transactions that are isolated.
 */
export class AppDataSource extends DataSource {
  readonly dialect: Dialect;
  /** The binary collation of every text column; undefined on SQLite, which compares bytes anyway. */
  textCollation: string | undefined;

  /** The short way for a single statement. */
  readonly runDirectly: RunDirectly;

  constructor(private readonly spec: DataSourceSpec) {
    super(toOptions(spec));
    this.dialect = spec.address.type;
    if (this.dialect === 'sqlite') {
      this.runDirectly = serializeSqliteTransactions(this);
    } else {
      runLean(this);
      this.runDirectly = onMysql(() => this.mysqlPool);
    }
  }

  /** There from the moment on that the data source is initialized. */
  private get mysqlPool(): MysqlPool {
    return (this.driver as unknown as { pool: MysqlPool }).pool;
  }

  protected override async buildMetadatas(): Promise<void> {
    await super.buildMetadatas();
    if (this.dialect === 'sqlite') {
      // FULL: a commit that was acknowledged survives a power loss, revocations above all.
      for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'busy_timeout = 3000']) {
        await this.query(`PRAGMA ${pragma}`);
      }
      return;
    }
    await this.prepareSessions();
    // NO PAD collations, since with the others 'admin' equals 'admin  '. MariaDB and MySQL name theirs differently.
    const [found] = await this.query<{ name: string }[]>(
      `SELECT COLLATION_NAME AS name FROM information_schema.COLLATIONS
       WHERE COLLATION_NAME IN ('utf8mb4_nopad_bin', 'utf8mb4_0900_bin') LIMIT 1`,
    );
    if (found === undefined) throw new Error('The database server has no binary NO PAD collation');
    this.textCollation = found.name;
    for (const entity of this.entityMetadatas) {
      for (const column of entity.columns) {
        if (column.type === 'varchar' || column.type === 'text') {
          column.charset = 'utf8mb4';
          column.collation = found.name;
        }
      }
    }
  }

  private async prepareSessions(): Promise<void> {
    const pool = this.mysqlPool;
    waitAtMost(pool, ACQUIRE_TIMEOUT, this.spec.statementTimeout);
    pool.on('connection', (connection) => {
      giveUpAfter(connection, this.spec.statementTimeout);
      for (const setup of [SESSION_SETUP, ISOLATION]) {
        connection.query(setup, (error: Error | null) => {
          // A connection without the strict settings must not be used.
          if (error !== null) connection.destroy();
        });
      }
    });
    // The driver has opened a connection before the listener was there. It is given up, for one that
    // comes with everything.
    await new Promise<void>((resolve, reject) => {
      pool.getConnection((error, connection) => {
        if (error !== null) {
          reject(error);
          return;
        }
        connection?.destroy();
        resolve();
      });
    });
  }
}

function toOptions({ address, poolSize, entities, migrations }: DataSourceSpec): DataSourceOptions {
  const common = {
    entities: [...entities],
    migrations: [...migrations],
    namingStrategy: new SnakeCaseColumns(),
    migrationsTransactionMode: 'each' as const,
    synchronize: false,
    logging: false,
  };
  if (address.type === 'sqlite') {
    return { ...common, type: 'better-sqlite3', database: address.file };
  }
  return {
    ...common,
    type: address.type,
    host: address.host,
    port: address.port,
    username: address.user,
    password: address.password,
    database: address.database,
    charset: 'utf8mb4',
    timezone: 'Z',
    connectTimeout: 3000,
    poolSize,
    bigNumberStrings: false,
    // mysql2 waits without limit for a free connection; a full queue is a quick 503 instead.
    extra: { queueLimit: poolSize * 20, idleTimeout: 60_000, enableKeepAlive: true },
  };
}
