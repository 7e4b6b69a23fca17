import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, connect } from 'node:net';
import type { Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, dialect } from './support/databases.js';
import type { TestDatabase } from './support/databases.js';
import { startTestApp } from './support/app.js';
import { SignetProcess, freePort, temporaryFolder } from './support/process.js';

/** A way to the database that a test closes, opens, or makes mute without closing it. */
class Relay {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private isMute = false;

  constructor(
    private readonly port: number,
    target: URL,
  ) {
    this.server = createServer((client) => {
      const upstream = connect(Number(target.port), target.hostname);
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.sockets.add(from);
        from.on('data', (data) => {
          if (!this.isMute) to.write(data);
        });
        from.on('close', () => to.destroy());
        from.on('error', () => to.destroy());
      }
    });
  }

  open(): Promise<void> {
    return new Promise((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
  }

  /** Everything that is connected now says nothing any more, and is not told; new connections work. */
  muteWhatIsOpen(): void {
    for (const socket of this.sockets)
      socket.removeAllListeners('data').on('data', () => undefined);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

if (dialect === 'mariadb') {
  describe('a database that is away', () => {
    let database: TestDatabase;
    let folder: ReturnType<typeof temporaryFolder>;
    let relay: Relay;
    let signet: SignetProcess;

    beforeEach(async () => {
      database = await createDatabase();
      folder = temporaryFolder();
      const port = await freePort();
      relay = new Relay(port, new URL(database.url));
      const url = new URL(database.url);
      url.port = String(port);
      signet = new SignetProcess(await freePort(), {
        DATA_DIR: folder.path,
        DATABASE_URL: url.href,
        ISSUER_URL: 'http://signet.test',
        SETUP_TOKEN: 'kP3vX9qLm2Zr8TtYb4Wn',
      });
    });
    afterEach(async () => {
      await signet.stop('SIGKILL');
      await relay.close();
      await database.drop();
      folder.remove();
    });

    const until = async (condition: () => Promise<boolean>, withinMs: number) => {
      const deadline = Date.now() + withinMs;
      while (Date.now() < deadline) {
        if (await condition().catch(() => false)) return true;
        await sleep(50);
      }
      return false;
    };
    const isLive = async () => (await signet.get('/health/live')).ok;
    const isReady = async () => (await signet.get('/health/ready')).ok;

    it('at the start is waited for: alive, 503 to everything, and ready once it is there', async () => {
      expect(await until(isLive, 10_000)).toBe(true);
      expect((await signet.get('/health/ready')).status).toBe(503);
      // Not 401, for which clients throw good tokens away; and no empty key set that others keep.
      for (const answer of [
        await signet.get('/v1/auth/me', 'a.b.c'),
        await signet.get('/.well-known/jwks.json'),
        await signet.post('/v1/auth/refresh', { refresh_token: 'x' }),
        await signet.post('/v1/auth/login', { identifier: 'a', password: 'b' }),
      ]) {
        expect(answer.status).toBe(503);
        expect(answer.headers.get('retry-after')).toBe('1');
      }
      await relay.open();
      expect(await until(isReady, 10_000)).toBe(true);
      expect((await signet.get('/v1/auth/me', 'a.b.c')).status).toBe(401);
    });

    it('and whose old connections went mute is found again by new ones; the key set is there meanwhile (KEY-09)', async () => {
      await relay.open();
      expect(await until(isReady, 10_000)).toBe(true);
      relay.muteWhatIsOpen();
      expect(await until(async () => !(await isReady()), 10_000)).toBe(true);
      // What others verify with is there all the same.
      expect((await signet.get('/.well-known/jwks.json')).status).toBe(200);
      // Without a deadline on statements it would take as long as TCP does: many minutes.
      expect(await until(isReady, 15_000)).toBe(true);
    });
  });
}

describe('a flood of requests to the database', () => {
  it('does not keep a replica from learning of revocations', async () => {
    const app = await startTestApp({ settings: { DATABASE_POOL_SIZE: '2' } });
    try {
      const { token } = await app.createUser();
      const refresh_token = `00000000-0000-4000-8000-000000000000.1.${'A'.repeat(43)}`;
      let isOver = false;
      const flood = Array.from({ length: 100 }, async () => {
        while (!isOver) {
          await app.api('POST', '/v1/auth/refresh', { body: { refresh_token } });
        }
      });
      const statuses = new Set<number>();
      const end = performance.now() + app.settings.revocationMaxStaleness + 2000;
      while (performance.now() < end) {
        statuses.add((await app.api('GET', '/v1/auth/sessions', { token, conform: false })).status);
        statuses.add((await app.api('GET', '/v1/users', { token })).status);
        await sleep(20);
      }
      isOver = true;
      await Promise.all(flood);
      // Refused by role, which takes the guards and not the database; what asks it may be turned away.
      expect(statuses.has(403)).toBe(true);
      expect([...statuses].filter((status) => ![200, 403, 503].includes(status))).toEqual([]);
      const stale = app.logs.filter((line) => line.includes('revocation_state_stale'));
      expect(stale).toEqual([]);
    } finally {
      await app.close();
    }
  });
});
