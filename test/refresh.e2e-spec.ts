import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp } from './support/app.js';
import type { TestApp, Tokens } from './support/app.js';

const GRACE = 20_000;

describe('refreshing', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  const refresh = (refresh_token: string) =>
    app.api('POST', '/v1/auth/refresh', { body: { refresh_token } });
  const tokensOf = (answer: { body: unknown }) => answer.body as Tokens;
  const me = async (token: string) => (await app.api('GET', '/v1/auth/me', { token })).status;
  const audited = async (action: string, sessionId: string) => {
    const rows = await app.database.select<{ id: string }>(
      'SELECT id FROM audit_events WHERE action = ? AND target_id = ?',
      [action, sessionId],
    );
    return rows.length;
  };

  it('rotates: another refresh token, the same session, one row', async () => {
    const user = await app.createUser();
    const first = await refresh(user.refreshToken);
    expect(first.status).toBe(200);
    expect(first.headers.get('signet-refresh')).toBeNull();
    expect(tokensOf(first).refresh_token).not.toBe(user.refreshToken);
    expect(await me(tokensOf(first).access_token)).toBe(200);
    const rows = await app.database.select('SELECT id FROM sessions WHERE principal_id = ?', [
      user.id,
    ]);
    expect(rows).toHaveLength(1);
  });

  it('gives the same successor again within the grace, and says so', async () => {
    const user = await app.createUser();
    const first = await refresh(user.refreshToken);
    const second = await refresh(user.refreshToken);
    expect(second.status).toBe(200);
    expect(second.headers.get('signet-refresh')).toBe('replayed');
    expect(tokensOf(second).refresh_token).toBe(tokensOf(first).refresh_token);
    expect(await me(tokensOf(second).access_token)).toBe(200);
  });

  it('takes a spent token after the grace for theft: the session and its tokens are over', async () => {
    const user = await app.createUser();
    const first = tokensOf(await refresh(user.refreshToken));
    app.clock.advance(GRACE + 1);
    const reused = await refresh(user.refreshToken);
    expect(reused.status).toBe(401);
    expect(reused.body).toMatchObject({ code: 'refresh_token_reused' });
    expect(await me(first.access_token)).toBe(401);
    const late = await refresh(first.refresh_token);
    expect(late.status).toBe(401);
    expect(late.body).toMatchObject({ code: 'session_ended' });
    expect(await audited('auth.refresh_reused', first.refresh_token.split('.')[0] ?? '')).toBe(1);
  });

  it('takes a token two steps behind for theft at once', async () => {
    const user = await app.createUser();
    const first = tokensOf(await refresh(user.refreshToken));
    const second = tokensOf(await refresh(first.refresh_token));
    const reused = await refresh(user.refreshToken);
    expect(reused.body).toMatchObject({ code: 'refresh_token_reused' });
    expect((await refresh(second.refresh_token)).status).toBe(401);
    expect(await me(second.access_token)).toBe(401);
  });

  it('of fifty parallel uses of one token rotates exactly once, serves all and raises no alarm', async () => {
    const user = await app.createUser();
    const sessionId = user.refreshToken.split('.')[0] ?? '';
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(user.refreshToken)));
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
    expect(new Set(answers.map((answer) => tokensOf(answer).refresh_token)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('signet-refresh') === null)).toHaveLength(1);
    const [row] = await app.database.select<{ generation: number }>(
      'SELECT generation FROM sessions WHERE id = ?',
      [sessionId],
    );
    expect(Number(row?.generation)).toBe(2);
    expect(await audited('auth.refresh_reused', sessionId)).toBe(0);
    const statuses = await Promise.all(answers.map((answer) => me(tokensOf(answer).access_token)));
    expect(statuses).toEqual(Array(50).fill(200));
  });

  it('issues nothing that lives on when signing out runs beside it', async () => {
    for (let round = 0; round < 10; round++) {
      const user = await app.createUser();
      const [refreshed, loggedOut] = await Promise.all([
        refresh(user.refreshToken),
        app.api('POST', '/v1/auth/logout', { token: user.token }),
      ]);
      expect(loggedOut.status).toBe(204);
      expect([200, 401]).toContain(refreshed.status);
      if (refreshed.status === 200) {
        expect(await me(tokensOf(refreshed).access_token)).toBe(401);
        expect((await refresh(tokensOf(refreshed).refresh_token)).status).toBe(401);
      }
    }
  });

  it('does not end a session for a token that was not made here', async () => {
    const user = await app.createUser();
    const [sessionId = ''] = user.refreshToken.split('.');
    const forged = await refresh(`${sessionId}.1.${'A'.repeat(43)}`);
    expect(forged.status).toBe(401);
    expect(forged.body).toMatchObject({ code: 'invalid_refresh_token' });
    expect((await refresh(user.refreshToken)).status).toBe(200);
  });

  it.each(['', 'garbage', 'a.b.c'])('refuses what is no refresh token: %j', async (token) => {
    expect([400, 401]).toContain((await refresh(token)).status);
  });

  it('refuses an access token as a refresh token, and a refresh token as an access token', async () => {
    const user = await app.createUser();
    expect([400, 401]).toContain((await refresh(user.token)).status);
    expect(await me(user.refreshToken)).toBe(401);
  });

  it('leaves nothing usable in the database', async () => {
    const user = await app.createUser();
    const mac = user.refreshToken.split('.')[2] ?? '';
    const rows = await app.database.select('SELECT * FROM sessions WHERE principal_id = ?', [
      user.id,
    ]);
    expect(JSON.stringify(rows)).not.toContain(mac);
  });

  it('ends with the idle time, and with the absolute one however often it is refreshed', async () => {
    const short = await startTestApp({
      settings: { REFRESH_TOKEN_IDLE_TTL: '1h', REFRESH_TOKEN_MAX_TTL: '3h' },
    });
    try {
      const idle = await short.createUser();
      let { refreshToken } = await short.createUser();
      short.clock.advance(59 * 60_000);
      const use = (refresh_token: string) =>
        short.api('POST', '/v1/auth/refresh', { body: { refresh_token } });
      refreshToken = tokensOf(await use(refreshToken)).refresh_token;
      short.clock.advance(2 * 60_000);
      const expired = await use(idle.refreshToken);
      expect(expired.status).toBe(401);
      expect(expired.body).toMatchObject({ code: 'session_expired' });
      for (let i = 0; i < 2; i++) {
        short.clock.advance(57 * 60_000);
        refreshToken = tokensOf(await use(refreshToken)).refresh_token;
      }
      short.clock.advance(10 * 60_000);
      expect((await use(refreshToken)).body).toMatchObject({ code: 'session_expired' });
    } finally {
      await short.close();
    }
  });
});
