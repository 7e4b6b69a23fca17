import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import type { MariadbServer } from './mariadb-server.js';
import type { World } from './world.js';

/**
 * Rows that the intruder writes first. InnoDB ends the transaction of a deadlock that has written and locked
 * least, so this is what makes it Signet's: none of its own comes near.
 */
const BALLAST = 200;
/** Until who waits for the first lock has come to hold what is locked next. */
const HEAD_START_MS = 300;

/** What became of the intruder's transaction. */
export type Fate = 'held' | 'lost a deadlock' | 'waited in vain';

/** Another client of the database, which locks in the order that deadlocks with Signet's. */
export class Intruder {
  private constructor(
    private readonly server: MariadbServer,
    private readonly connection: Connection,
    private readonly ballast: string,
  ) {}

  static async on({ server, database }: World): Promise<Intruder> {
    const { name } = await server.createDatabase(); // none of Signet's tables is any heavier for it
    const ballast = `${name}.ballast`;
    await server.sql(`CREATE TABLE ${ballast} (n INT NOT NULL) ENGINE=InnoDB`);
    return new Intruder(server, await server.connect(database.name), ballast);
  }

  /**
   * Locks the head of revocations, then those principals: the other way round than Signet.
   *
   * @param ms for how long, once it has all locks.
   */
  async hold(principals: readonly string[], ms: number): Promise<Fate> {
    const { connection } = this;
    const ballast = Array.from({ length: BALLAST }, (_, n) => `(${n})`).join();
    try {
      await connection.beginTransaction();
      await connection.query(`INSERT INTO ${this.ballast} VALUES ${ballast}`);
      await connection.query('UPDATE revocation_head SET revision = revision WHERE id = 1');
      await sleep(HEAD_START_MS);
      for (const id of principals)
        await connection.query('UPDATE principals SET token_version = token_version WHERE id = ?', [
          id,
        ]);
      await sleep(ms);
      await connection.commit();
      return 'held';
    } catch (error) {
      await connection.rollback();
      const { code } = error as { code?: unknown }; // whatever mysql2 throws
      if (code === 'ER_LOCK_DEADLOCK') return 'lost a deadlock';
      if (code === 'ER_LOCK_WAIT_TIMEOUT') return 'waited in vain';
      throw error;
    }
  }

  /** Deadlocks that the server has found since it started, whoever lost them. */
  async deadlocks(): Promise<number> {
    const [row] = await this.server.sql(
      `SELECT COUNT AS n FROM information_schema.INNODB_METRICS WHERE NAME = 'lock_deadlocks'`,
    );
    return Number(row?.['n'] ?? 0);
  }

  async leave(): Promise<void> {
    await this.connection.end();
  }
}
