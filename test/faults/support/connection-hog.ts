import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import type { Connection } from 'mysql2/promise';
import type { FaultDatabase } from './mariadb-server.js';
import type { World } from './world.js';

const GIVE_UP_AFTER_MS = 20_000;

/** Another client of the server, which takes every connection that it gives. */
export class ConnectionHog {
  private readonly held: Connection[] = [];

  private constructor(
    private readonly world: World,
    /** Root has one connection beyond the others', which is this one. */
    private readonly root: Connection,
    private readonly own: FaultDatabase,
  ) {}

  static async on(world: World): Promise<ConnectionHog> {
    const { server } = world;
    return new ConnectionHog(world, await server.connect(), await server.createDatabase());
  }

  get size(): number {
    return this.held.length;
  }

  /** Takes what is free. Whoever has a connection keeps it. */
  async takeWhatIsFree(): Promise<void> {
    for (;;) {
      const { name: database, user, password } = this.own;
      const { port } = this.world.server;
      try {
        this.held.push(
          await mysql.createConnection({ host: '127.0.0.1', port, user, password, database }),
        );
      } catch (error) {
        if ((error as { code?: unknown }).code === 'ER_CON_COUNT_ERROR') return; // whatever mysql2 throws
        throw error;
      }
    }
  }

  /** Has Signet's connections closed by the server, as after an idle night, and takes them until none is left. */
  async takeAll(): Promise<void> {
    const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
    for (;;) {
      await this.takeWhatIsFree();
      const [rows] = await this.root.query<mysql.RowDataPacket[]>(
        'SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = ?',
        [this.world.database.user],
      );
      if (rows.length === 0) return;
      if (performance.now() > giveUpAt) throw new Error('Signet keeps its connections');
      // One may have ended by itself meanwhile.
      for (const { id } of rows) await this.root.query(`KILL ${Number(id)}`).catch(() => undefined);
      await sleep(5);
    }
  }

  /** Gives all of them back. */
  release(): void {
    for (const connection of this.held.splice(0)) connection.destroy();
  }

  leave(): void {
    this.release();
    this.root.destroy();
  }
}
