import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp } from './support/app.js';
import type { TestApp } from './support/app.js';

describe('set-up', () => {
  let app: TestApp;
  const request = (n: number, setupToken: string) => ({
    setupToken,
    email: `first${n}@example.com`,
    username: `first${n}`,
    password: `quiet-otter-${n}-under-the-bridge`,
  });

  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  it('refuses a wrong token', async () => {
    const answer = await app.api('POST', '/v1/setup', { body: request(0, 'x'.repeat(40)) });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ code: 'wrong_setup_token' });
  });

  it('lets strangers try wrong tokens only so often, and never holds up the right one', async () => {
    const strict = await startTestApp({ settings: { LOGIN_ATTEMPTS_PER_PAIR: '3' } });
    try {
      const wrong = () => strict.api('POST', '/v1/setup', { body: request(0, 'x'.repeat(40)) });
      for (let i = 0; i < 3; i++) expect((await wrong()).status).toBe(403);
      expect((await wrong()).status).toBe(429);
      const body = request(0, strict.setupToken);
      expect((await strict.api('POST', '/v1/setup', { body })).status).toBe(201);
    } finally {
      await strict.close();
    }
  });

  it('applies the password rules', async () => {
    const weak = { ...request(0, app.setupToken), password: 'passwordpassword' };
    const answer = await app.api('POST', '/v1/setup', { body: weak });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      code: 'validation_failed',
      errors: [{ pointer: '/password' }],
    });
    expect(JSON.stringify(answer.body)).not.toContain('passwordpassword');
  });

  it('makes exactly one administrator of twenty that arrive at once, and closes for good', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        app.api('POST', '/v1/setup', { body: request(n, app.setupToken) }),
      ),
    );
    const statuses = answers.map((answer) => answer.status).sort((a, b) => a - b);
    expect(statuses).toEqual([201, ...Array<number>(19).fill(409)]);
    const users = await app.database.select('SELECT id FROM users');
    expect(users).toHaveLength(1);
    const late = await app.api('POST', '/v1/setup', { body: request(99, app.setupToken) });
    expect(late.status).toBe(409);
    expect(late.body).toMatchObject({ code: 'setup_closed' });
  });
});
