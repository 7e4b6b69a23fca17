import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp } from './support/app.js';
import { createDatabase } from './support/databases.js';
import type { TestDatabase } from './support/databases.js';
import { SignetProcess, freePort, temporaryFolder } from './support/process.js';

const ISSUER_URL = 'http://signet.test';
const ADMIN = {
  email: 'ada@example.com',
  username: 'ada',
  password: 'four quiet otters under a bridge',
};

/**
 * What is bundled is not quite what the other tests import: classes may lose their names in it, and what is
 * loaded late its members. So the things that are loaded late are used once.
 */
describe('the program as it is built', () => {
  let database: TestDatabase;
  let folder: ReturnType<typeof temporaryFolder>;
  let signet: SignetProcess;

  beforeAll(async () => {
    database = await createDatabase();
    folder = temporaryFolder();
    // Nobody listens on that port; the client of Redis is loaded all the same.
    const REDIS_URL = 'redis://127.0.0.1:1';
    const env = { DATA_DIR: folder.path, DATABASE_URL: database.url, ISSUER_URL, REDIS_URL };
    signet = await new SignetProcess(await freePort(), env).ready();
  });
  afterAll(async () => {
    await signet.stop('SIGKILL');
    await database.drop();
    folder.remove();
  });

  const json = async (answer: Response): Promise<unknown> => answer.json();

  it('describes the same API as the source', async () => {
    const app = await startTestApp({ settings: { ISSUER_URL } });
    try {
      const expected = await json(await fetch(`${app.url}/openapi.json`));
      expect(await json(await signet.get('/openapi.json'))).toEqual(expected);
    } finally {
      await app.close();
    }
  });

  it('serves the page with everything that it loads', async () => {
    const page = await signet.get('/docs');
    expect(page.status).toBe(200);
    const files = [...(await page.text()).matchAll(/(?:src|href)="\.\/(docs\/[^"]+)"/g)];
    expect(files.length).toBeGreaterThan(3);
    for (const [, path = ''] of files) expect((await signet.get(`/${path}`)).status).toBe(200);
  });

  it('validates requests, and judges passwords', async () => {
    const setupToken = readFileSync(join(folder.path, 'setup-token'), 'utf8').trim();
    const invalid = await signet.post('/v1/setup', { ...ADMIN, email: 'none', setupToken });
    expect(await json(invalid)).toMatchObject({
      status: 400,
      errors: [expect.objectContaining({ pointer: '/email' })],
    });
    const weak = { ...ADMIN, password: 'password1234', setupToken };
    expect(await json(await signet.post('/v1/setup', weak))).toMatchObject({
      errors: [expect.objectContaining({ pointer: '/password' })],
    });
    expect((await signet.post('/v1/setup', { ...ADMIN, setupToken })).status).toBe(201);
    const { username: identifier, password } = ADMIN;
    const tokens = await json(await signet.post('/v1/auth/login', { identifier, password }));
    const { access_token } = tokens as { readonly access_token: string };
    const list = await signet.get('/v1/users?limit=1', access_token);
    expect(await json(list)).toMatchObject({ items: [{ username: 'ada' }] });
  });

  it('refuses in its own words, and logs no error', async () => {
    const answer = await signet.get('/v1/users');
    expect(await json(answer)).toMatchObject({ code: 'authentication_required' });
    expect((await signet.stop()).code).toBe(0); // with all that is left of its log
    expect(signet.output).toContain('ECONNREFUSED 127.0.0.1:1');
    expect(signet.output).not.toMatch(/"level":[56]0|TypeError/);
  });
});
