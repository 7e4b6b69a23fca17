import { readFileSync, statSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase, dialect } from './support/databases.js';
import type { TestDatabase } from './support/databases.js';
import { SignetProcess, freePort, temporaryFolder } from './support/process.js';

const ADMIN = {
  email: 'ada@example.com',
  username: 'ada',
  password: 'four quiet otters under a bridge',
};

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

describe('the process', () => {
  let database: TestDatabase;
  let folder: ReturnType<typeof temporaryFolder>;
  let started: SignetProcess[];

  beforeEach(async () => {
    database = await createDatabase();
    folder = temporaryFolder();
    started = [];
  });
  afterEach(async () => {
    await Promise.all(started.map((signet) => signet.stop('SIGKILL')));
    await database.drop();
    folder.remove();
  });

  async function start(env: Record<string, string> = {}, port?: number): Promise<SignetProcess> {
    const signet = new SignetProcess(port ?? (await freePort()), {
      DATA_DIR: folder.path,
      DATABASE_URL: database.url,
      ISSUER_URL: 'http://signet.test',
      SHUTDOWN_DELAY: '0s',
      ...env,
    });
    started.push(signet);
    return signet;
  }

  const setup = (signet: SignetProcess) =>
    signet.post('/v1/setup', {
      ...ADMIN,
      setupToken: readFileSync(join(folder.path, 'setup-token'), 'utf8').trim(),
    });
  const login = async (signet: SignetProcess): Promise<Tokens> => {
    const answer = await signet.post('/v1/auth/login', {
      identifier: ADMIN.username,
      password: ADMIN.password,
    });
    expect(answer.status).toBe(200);
    return (await answer.json()) as Tokens;
  };

  it('starts with nothing set, keeps its secrets to itself, and prints how to set up', async () => {
    const signet = await (await start()).ready();
    const setupToken = readFileSync(join(folder.path, 'setup-token'), 'utf8').trim();
    expect(signet.output).toContain(setupToken);
    for (const file of ['setup-token', 'key-encryption-key']) {
      expect(statSync(join(folder.path, file)).mode & 0o777).toBe(0o600);
    }
    expect((await setup(signet)).status).toBe(201);
    expect(() => statSync(join(folder.path, 'setup-token'))).toThrow();
    await login(signet);
  });

  it('refuses after a restart what was revoked before, and goes on with what was not', async () => {
    const first = await (await start()).ready();
    await setup(first);
    const [kept, ended] = [await login(first), await login(first)];
    expect((await first.post('/v1/auth/logout', {}, ended.access_token)).status).toBe(204);
    expect((await first.stop()).code).toBe(0);
    const second = await (await start()).ready();
    expect((await second.get('/v1/auth/me', ended.access_token)).status).toBe(401);
    expect((await second.get('/v1/auth/me', kept.access_token)).status).toBe(200);
    expect(
      (await second.post('/v1/auth/refresh', { refresh_token: ended.refresh_token })).status,
    ).toBe(401);
    expect(
      (await second.post('/v1/auth/refresh', { refresh_token: kept.refresh_token })).status,
    ).toBe(200);
    // Set-up stays closed, and no token for it is printed again.
    expect(second.output).not.toContain('Set-up token');
  });

  it('keeps an acknowledged revocation and locks nobody out when it is killed', async () => {
    const first = await (await start()).ready();
    await setup(first);
    const [chain, ended] = [await login(first), await login(first)];
    expect((await first.post('/v1/auth/logout', {}, ended.access_token)).status).toBe(204);
    let last = chain.refresh_token;
    const refreshing = (async () => {
      // Until the connection breaks: the last answer may be lost after its commit.
      for (;;) {
        const answer = await first.post('/v1/auth/refresh', { refresh_token: last });
        last = ((await answer.json()) as Tokens).refresh_token;
      }
    })().catch(() => undefined);
    await sleep(300);
    await first.stop('SIGKILL');
    await refreshing;
    const second = await (await start()).ready();
    expect((await second.get('/v1/auth/me', ended.access_token)).status).toBe(401);
    // The client's last known token works: it is the live one, or the one before it within the grace.
    const retried = await second.post('/v1/auth/refresh', { refresh_token: last });
    expect(retried.status).toBe(200);
    const { refresh_token: successor } = (await retried.json()) as Tokens;
    expect((await second.post('/v1/auth/refresh', { refresh_token: successor })).status).toBe(200);
  });

  it('drains on SIGTERM: no request fails, and it exits with 0', async () => {
    const signet = await (await start({ SHUTDOWN_DELAY: '1s' })).ready();
    await setup(signet);
    const { access_token: token } = await login(signet);
    const outcomes: number[] = [];
    // Clients behind a load balancer: it asks for readiness, and sends nothing new once the answer is no.
    let isReady = true;
    const loadBalancer = (async () => {
      while (isReady) {
        isReady = (await signet.get('/health/ready')).ok;
        await sleep(50);
      }
    })();
    const client = async () => {
      while (isReady) {
        const status = await signet.get('/v1/auth/me', token).then(
          (answer) => answer.arrayBuffer().then(() => answer.status),
          () => 0,
        );
        outcomes.push(status);
      }
    };
    const clients = Array.from({ length: 10 }, client);
    await sleep(500);
    signet.signal('SIGTERM');
    await loadBalancer;
    const before = outcomes.length;
    expect((await signet.get('/health/live')).status).toBe(200);
    await Promise.all(clients);
    expect(before).toBeGreaterThan(100);
    expect(outcomes.filter((status) => status !== 200)).toEqual([]);
    expect(await signet.exit).toEqual({ code: 0, signal: null });
  });

  it('takes Ctrl-C under npm, which arrives twice, for one', async () => {
    const signet = await (await start()).ready();
    signet.signal('SIGINT');
    signet.signal('SIGINT');
    expect(await signet.exit).toEqual({ code: 0, signal: null });
    expect(signet.output).toContain('Signet has shut down');
  });

  it('serves and ends when nobody reads its log', async () => {
    const env = { DATA_DIR: folder.path, DATABASE_URL: database.url, LOG_LEVEL: 'trace' };
    const signet = new SignetProcess(await freePort(), env, { readsOutput: false });
    started.push(signet);
    await signet.ready();
    // Some 300 kB of lines: more than the pipe and what Node reads ahead of it take.
    for (let i = 0; i < 30; i++) {
      const answers = Array.from({ length: 40 }, () => signet.get('/v1/auth/me', 'x'.repeat(50)));
      for (const answer of await Promise.all(answers)) expect(answer.status).toBe(401);
    }
    signet.signal('SIGINT');
    expect(await signet.exit).toEqual({ code: 0, signal: null });
  });

  it('writes no secret into its log', async () => {
    const signet = await (await start({ LOG_LEVEL: 'trace' })).ready();
    await setup(signet);
    const tokens = await login(signet);
    await signet.post('/v1/auth/login', {
      identifier: ADMIN.username,
      password: 'canary-password-of-nobody',
    });
    await signet.post('/v1/auth/refresh', { refresh_token: tokens.refresh_token });
    await signet.get(`/v1/auth/me?access_token=${tokens.access_token}`, tokens.access_token);
    await signet.get('/v1/auth/me', `${tokens.access_token.slice(0, -4)}AAAA`);
    await signet.stop();
    const canaries = [
      ADMIN.password,
      'canary-password-of-nobody',
      tokens.access_token,
      tokens.refresh_token,
      '$argon2',
    ];
    expect(canaries.filter((canary) => signet.output.includes(canary))).toEqual([]);
    expect(signet.output).toContain('"requestId"');
  });

  it('stops at the start, with one message that names every problem and repeats no value (KEY-08)', async () => {
    const signet = await start({
      NODE_ENV: 'production',
      DATABASE_URL: 'bogus://canary',
      PORT: '70000',
      SETUP_TOKEN: 'canary',
    });
    expect((await signet.exit).code).toBe(1);
    for (const name of ['DATABASE_URL', 'PORT', 'SETUP_TOKEN', 'KEY_ENCRYPTION_KEY'])
      expect(signet.output).toContain(name);
    expect(signet.output).not.toContain('canary');
  });

  it('does not start with a key file that others can read (KEY-07)', async () => {
    await (await (await start()).ready()).stop();
    const file = join(folder.path, 'key-encryption-key');
    const secret = readFileSync(file, 'utf8').trim();
    chmodSync(file, 0o644);
    const signet = await start();
    expect((await signet.exit).code).toBe(1);
    expect(signet.output).toContain(file);
    expect(signet.output).not.toContain(secret);
  });

  if (dialect === 'mariadb') {
    // The server of the tests is MariaDB: this shows the driver type and the settings, not a MySQL server.
    it('takes the database by separate settings, and under the type mysql', async () => {
      const { hostname, port, username, password, pathname } = new URL(database.url);
      const signet = await start({
        DATABASE_URL: '',
        DATABASE_TYPE: 'mysql',
        DATABASE_HOST: hostname,
        DATABASE_PORT: port,
        DATABASE_NAME: pathname.slice(1),
        DATABASE_USER: decodeURIComponent(username),
        DATABASE_PASSWORD: decodeURIComponent(password),
      });
      await signet.ready();
      await setup(signet);
      const { access_token: token, refresh_token } = await login(signet);
      expect((await signet.post('/v1/auth/refresh', { refresh_token })).status).toBe(200);
      expect((await signet.post('/v1/auth/logout', {}, token)).status).toBe(204);
      expect((await signet.get('/v1/auth/me', token)).status).toBe(401);
    });

    it('agrees with another replica that boots at the same time (KEY-10), and refuses what that one revoked within the bound', async () => {
      const replicas = await Promise.all([start(), start(), start()]);
      await Promise.all(replicas.map((replica) => replica.ready()));
      const sets = await Promise.all(
        replicas.map(async (replica) => (await replica.get('/.well-known/jwks.json')).text()),
      );
      expect(new Set(sets).size).toBe(1);
      const [a, b] = replicas;
      await setup(a);
      const { access_token: token } = await login(a);
      expect((await b.get('/v1/auth/me', token)).status).toBe(200);
      expect((await a.post('/v1/auth/logout', {}, token)).status).toBe(204);
      const acknowledged = performance.now();
      expect((await a.get('/v1/auth/me', token)).status).toBe(401);
      let lastAccepted = 0;
      while (performance.now() - acknowledged < 3000) {
        const sent = performance.now() - acknowledged;
        if ((await b.get('/v1/auth/me', token)).status === 200) lastAccepted = sent;
      }
      expect(lastAccepted).toBeLessThan(2000);
    });
  }
});
