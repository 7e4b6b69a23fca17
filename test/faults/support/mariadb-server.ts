import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { findProgram, hasMariadb, installMariadb } from '../../../scripts/mariadb.mjs';
import { freePort } from '../../support/process.js';
import type { Scratch } from './scratch.js';

const START_TIMEOUT_MS = 60_000;

/** A database of its own for one fault, and a user that may do everything in it and nothing else. */
export interface FaultDatabase {
  readonly name: string;
  readonly user: string;
  readonly password: string;
}

export interface ServerOptions {
  /** Of every start. */
  readonly options?: readonly string[];
  /** Of the first start alone. */
  readonly firstStart?: readonly string[];
  /** What it has in its environment besides ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** An empty folder for its data, instead of one of its own. */
  readonly folder?: string;
}

/**
 * A MariaDB server that may be killed, stopped and started again on the same data. A commit that it
 * acknowledged survives the kill (innodb_flush_log_at_trx_commit=1), as it must in production.
 */
export class MariadbServer {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly scratch: Scratch,
    readonly folder: string,
    readonly port: number,
    private readonly onItsData: readonly string[],
    private readonly options: readonly string[],
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /** @throws Error when MariaDB is not installed. */
  static async create(
    scratch: Scratch,
    { options = [], firstStart = [], env = {}, folder }: ServerOptions = {},
  ): Promise<MariadbServer> {
    if (!hasMariadb()) throw new Error('MariaDB is not installed (Debian: mariadb-server)');
    const home = folder ?? scratch.path('mariadb');
    mkdirSync(home, { recursive: true });
    const onItsData = installMariadb(home);
    const server = new MariadbServer(scratch, home, await freePort(), onItsData, options, env);
    await server.start(firstStart);
    return server;
  }

  /** @param once options of this start alone. */
  async start(once: readonly string[] = []): Promise<void> {
    const log = openSync(join(this.folder, 'log'), 'a');
    const program = findProgram('mariadbd') ?? 'mariadbd';
    const child = spawn(
      program,
      [
        ...this.onItsData,
        `--socket=${join(this.folder, 's.sock')}`,
        `--pid-file=${join(this.folder, 'pid')}`,
        `--port=${this.port}`,
        '--bind-address=127.0.0.1',
        '--skip-name-resolve',
        '--max-connections=200',
        '--innodb-flush-log-at-trx-commit=1',
        '--innodb-buffer-pool-size=64M',
        '--character-set-server=latin1',
        ...this.options,
        ...once,
      ],
      { stdio: ['ignore', log, log], detached: true, env: { ...process.env, ...this.env } },
    );
    closeSync(log); // it has its own
    this.scratch.keep(child);
    this.child = child;
    const giveUpAt = Date.now() + START_TIMEOUT_MS;
    while (!(await this.answers())) {
      if (child.exitCode !== null || Date.now() > giveUpAt) {
        throw new Error(
          `mariadbd did not start:\n${readFileSync(join(this.folder, 'log'), 'utf8').slice(-3000)}`,
        );
      }
      await sleep(30);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Ends the server, by SIGKILL as a crash does, or in order by SIGTERM. */
  async stop(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }

  connect(database?: string): Promise<Connection> {
    return mysql.createConnection({
      host: '127.0.0.1',
      port: this.port,
      user: 'root',
      multipleStatements: true,
      connectTimeout: 5000,
      ...(database === undefined ? {} : { database }),
    });
  }

  /** Runs SQL as root, in the database that is named. */
  async sql(statement: string, database?: string): Promise<RowDataPacket[]> {
    const connection = await this.connect(database);
    try {
      const [rows] = await connection.query<RowDataPacket[]>(statement);
      return rows;
    } finally {
      await connection.end();
    }
  }

  async createDatabase(): Promise<FaultDatabase> {
    const name = `fault_${randomBytes(5).toString('hex')}`;
    const password = randomBytes(12).toString('hex');
    await this.sql(
      `CREATE DATABASE ${name}; CREATE USER ${name}@'%' IDENTIFIED BY '${password}'; GRANT ALL ON ${name}.* TO ${name}@'%'`,
    );
    return { name, user: name, password };
  }

  /** For `DATABASE_URL`; `port` is the relay's, when there is one in between. */
  url({ name, user, password }: FaultDatabase, port = this.port): string {
    return `mariadb://${user}:${password}@127.0.0.1:${port}/${name}`;
  }

  private async answers(): Promise<boolean> {
    try {
      await (await this.connect()).end();
      return true;
    } catch {
      return false; // not yet
    }
  }
}
