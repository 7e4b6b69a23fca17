import { describe, expect, it } from '@jest/globals';
import { startTestApp } from './support/app.js';
import { clustered, createDatabase } from './support/databases.js';

describe('password hashing', () => {
  it('turns the surplus of a flood away at once, and lets tokens through meanwhile', async () => {
    // Hashes so dear that a flood outruns them, however slowly a busy machine lets it in.
    const app = await startTestApp({
      settings: {
        HASH_CONCURRENCY: '1',
        HASH_QUEUE_LENGTH: '2',
        HASH_QUEUE_TIMEOUT: '1s',
        ARGON2_MEMORY: '65536',
        ARGON2_PASSES: '10',
      },
    });
    try {
      const { email, password, token } = await app.createUser();
      const flood = Promise.all(
        Array.from({ length: 30 }, async () => {
          const began = performance.now();
          const answer = await app.api('POST', '/v1/auth/login', {
            body: { identifier: email, password },
          });
          return { answer, took: performance.now() - began };
        }),
      );
      expect((await app.api('GET', '/v1/auth/me', { token })).status).toBe(200);
      const outcomes = await flood;
      const refused = outcomes.filter(({ answer }) => answer.status === 503);
      const admitted = outcomes.filter(({ answer }) => answer.status === 200);
      expect(refused.length + admitted.length).toBe(30);
      expect(admitted.length).toBeGreaterThan(0);
      expect(refused.length).toBeGreaterThan(0);
      for (const { answer, took } of refused) {
        // On a cluster, the others may have lost against each other too often.
        const codes = clustered ? ['too_busy', 'service_unavailable'] : ['too_busy'];
        expect(codes).toContain((answer.body as { code: string }).code);
        expect(answer.headers.get('retry-after')).toBe('1');
        expect(took).toBeLessThan(2000);
      }
      // Nobody's budget of attempts was spent by what was not judged.
      expect(
        (await app.api('POST', '/v1/auth/login', { body: { identifier: email, password } })).status,
      ).toBe(200);
    } finally {
      await app.close();
    }
  });

  it('hashes anew at the next sign-in when the parameters were raised', async () => {
    const database = await createDatabase();
    const KEY_ENCRYPTION_KEY = Buffer.from(
      Array.from({ length: 32 }, (_, i) => (i * 83 + 41) % 251),
    ).toString('base64');
    const start = (settings: Record<string, string>) =>
      startTestApp({ database, settings: { KEY_ENCRYPTION_KEY, ...settings } });
    const before = await start({ ARGON2_PASSES: '2' });
    const user = await before.createUser();
    await before.close();
    const after = await start({ ARGON2_PASSES: '3' });
    const stored = async () => {
      const [row] = await after.database.select<{ hash: string }>(
        'SELECT password_hash AS hash FROM users WHERE id = ?',
        [user.id],
      );
      return row?.hash;
    };
    try {
      expect(await stored()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      await after.login(user.email, user.password);
      expect(await stored()).toMatch(/^\$argon2id\$v=19\$m=19456,t=3,p=1\$/);
      await after.login(user.email, user.password);
      // A token from before verifies on: only the hash is another one.
      expect((await after.api('GET', '/v1/auth/me', { token: user.token })).status).toBe(200);
    } finally {
      await after.close();
      await database.drop();
    }
  });
});
