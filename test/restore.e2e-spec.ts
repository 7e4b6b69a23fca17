import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { restoreBackup, takeBackup } from './support/backup.js';
import { createDatabase } from './support/databases.js';
import type { TestDatabase } from './support/databases.js';
import { SignetProcess, finishRestore, freePort, temporaryFolder } from './support/process.js';

const ADMIN = {
  email: 'ada@example.com',
  username: 'ada',
  password: 'four quiet otters under a bridge',
};

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

describe('a database that is restored from a backup', () => {
  let database: TestDatabase;
  let folder: ReturnType<typeof temporaryFolder>;
  let started: SignetProcess[];
  let signet: SignetProcess;

  beforeEach(async () => {
    database = await createDatabase();
    folder = temporaryFolder();
    started = [];
    signet = await (await start()).ready();
    const setupToken = readFileSync(join(folder.path, 'setup-token'), 'utf8').trim();
    expect((await signet.post('/v1/setup', { ...ADMIN, setupToken })).status).toBe(201);
  });
  afterEach(async () => {
    await Promise.all(started.map((each) => each.stop('SIGKILL')));
    await database.drop();
    folder.remove();
  });

  const env = () => ({
    DATA_DIR: folder.path,
    DATABASE_URL: database.url,
    ISSUER_URL: 'http://signet.test',
    SHUTDOWN_DELAY: '0s',
    REVOCATION_POLL_INTERVAL: '50ms',
  });
  async function start(): Promise<SignetProcess> {
    const process = new SignetProcess(await freePort(), env());
    started.push(process);
    return process;
  }
  const login = async (): Promise<Tokens> => {
    const { username: identifier, password } = ADMIN;
    const answer = await signet.post('/v1/auth/login', { identifier, password });
    expect(answer.status).toBe(200);
    return (await answer.json()) as Tokens;
  };
  const me = async (tokens: Tokens, of = signet): Promise<number> =>
    (await of.get('/v1/auth/me', tokens.access_token)).status;
  const refresh = async ({ refresh_token }: Tokens): Promise<number> =>
    (await signet.post('/v1/auth/refresh', { refresh_token })).status;
  const logout = async (tokens: Tokens): Promise<void> => {
    expect((await signet.post('/v1/auth/logout', {}, tokens.access_token)).status).toBe(204);
    await sleep(300); // a poll, which moves the mark
  };
  /** Resolves when the process has logged the sentence; the test's own limit is the limit. */
  const said = async (process: SignetProcess, sentence: string): Promise<void> => {
    while (!process.output.includes(sentence)) await sleep(50);
  };

  it('is served by nobody until the restore is finished, and then revives nothing', async () => {
    const [kept, ended] = [await login(), await login()];
    const backup = await takeBackup(database);
    await logout(ended);
    // Twice, so that replicas remember versions of tokens that the backup does not know.
    for (let i = 0; i < 2; i++) {
      const { access_token } = await login();
      expect((await signet.post('/v1/auth/logout-all', {}, access_token)).status).toBe(204);
    }
    const later = await login();
    await sleep(300);
    expect([await me(kept), await me(ended), await me(later)]).toEqual([401, 401, 200]);

    await restoreBackup(database, backup);
    await sleep(300);
    // The one that ran has noticed; one that starts finds the mark.
    const second = await start();
    await said(second, 'The database has forgotten revocations');
    for (const replica of [signet, second]) {
      expect((await replica.get('/health/live')).status).toBe(200);
      expect((await replica.get('/health/ready')).status).toBe(503);
      expect([await me(kept, replica), await me(ended, replica)]).toEqual([503, 503]);
      const { username: identifier, password } = ADMIN;
      const answer = await replica.post('/v1/auth/login', { identifier, password });
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    }

    const report = await finishRestore(env());
    expect(report).toContain('The restore is finished. The backup ends at revision 0;');
    expect(report).toContain('2 sessions were ended and 2 signing keys replaced');
    for (const replica of [signet, second]) {
      await replica.ready();
      expect(await Promise.all([kept, ended, later].map((tokens) => me(tokens, replica)))).toEqual([
        401, 401, 401,
      ]);
    }
    expect(await Promise.all([kept, ended, later].map(refresh))).toEqual([401, 401, 401]);
    const fresh = await login();
    expect([await me(fresh), await me(fresh, second)]).toEqual([200, 200]);

    const events = (await (
      await signet.get('/v1/audit?action=installation.restored', fresh.access_token)
    ).json()) as { readonly items: readonly { readonly detail: object }[] };
    expect(events.items).toHaveLength(1);
    expect(events.items[0]?.detail).toMatchObject({ backup: 0, sessionsEnded: 2, keysReplaced: 2 });
  });

  it('is noticed when the history has become longer than it was, and with credentials on demand', async () => {
    const admin = await login();
    const token = admin.access_token;
    const account = (await (
      await signet.post('/v1/service-accounts', { name: 'deployer' }, token)
    ).json()) as { readonly id: string };
    const credentials = `/v1/service-accounts/${account.id}/credentials`;
    const made = await signet.post(credentials, { type: 'secret' }, token);
    const { secret } = (await made.json()) as { readonly secret: string };
    const withSecret = async () =>
      (
        await fetch(`${signet.url}/oauth/token`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({
            grant_type: 'client_credentials',
            client_id: account.id,
            client_secret: secret,
          }),
        })
      ).status;
    expect(await withSecret()).toBe(200);
    const backup = await takeBackup(database);
    await logout(admin);
    expect((await signet.stop()).code).toBe(0);
    await restoreBackup(database, backup);
    // Whoever lost the mark does not notice, and goes on from the backup.
    const elsewhere = temporaryFolder();
    const other = new SignetProcess(await freePort(), {
      ...env(),
      DATA_DIR: elsewhere.path,
      KEY_ENCRYPTION_KEY: readFileSync(join(folder.path, 'key-encryption-key'), 'utf8').trim(),
    });
    started.push(other);
    signet = await other.ready();
    for (let i = 0; i < 3; i++) await logout(await login());
    await signet.stop();
    elsewhere.remove();

    signet = await start();
    await said(signet, 'The database has forgotten revocations');
    expect((await signet.get('/health/ready')).status).toBe(503);
    expect(await finishRestore(env(), '--end-credentials')).toContain(
      '1 service credentials were ended',
    );
    await signet.ready();
    expect(await withSecret()).toBe(401);
    expect(await me(admin)).toBe(401);
    expect(await me(await login())).toBe(200);
  });
});
