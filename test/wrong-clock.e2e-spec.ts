import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ExpiryClock } from '../src/platform/expiry-clock.js';
import { RevocationFeed } from '../src/revocation/revocation-feed.js';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser } from './support/app.js';
import { dialect } from './support/databases.js';
import { TestClock } from './support/test-clock.js';

const HOUR = 3_600_000;

/** One machine has one clock, and SQLite one process. */
if (dialect !== 'sqlite') {
  describe('a replica whose clock is an hour ahead', () => {
    let app: TestApp;
    let ahead: TestApp;
    let admin: TestUser;
    beforeAll(async () => {
      app = await startTestApp();
      const clock = new TestClock();
      clock.advance(HOUR);
      ahead = await app.startReplica(clock);
      admin = await app.admin();
    });
    afterAll(() => app.close());

    const refresh = async (at: TestApp, refreshToken: string) => {
      const answer = await at.api('POST', '/v1/auth/refresh', {
        body: { refresh_token: refreshToken },
      });
      return { status: answer.status, body: answer.body as { readonly refresh_token?: string } };
    };
    const me = async (token: string) => (await app.api('GET', '/v1/auth/me', { token })).status;

    it.each(['ahead', 'right'])(
      'and one whose clock is right give the same successor, whoever rotated first: %s',
      async (first) => {
        const { refreshToken, token } = await app.createUser();
        const [one, other] = first === 'ahead' ? [ahead, app] : [app, ahead];
        const rotated = await refresh(one, refreshToken);
        expect(rotated.status).toBe(200);
        // The answer was lost, and the client asks the other one.
        const again = await refresh(other, refreshToken);
        expect(again).toMatchObject({
          status: 200,
          body: { refresh_token: rotated.body.refresh_token },
        });
        expect(await me(token)).toBe(200);
      },
    );

    it('ends what it says that it ends', async () => {
      const service = await app.createUser();
      const revoked = await ahead.api('POST', '/oauth/revoke', {
        token: (await ahead.login(admin.email, admin.password)).access_token,
        form: { token: service.token },
      });
      expect(revoked.status).toBe(200);
      await app.nest.get(RevocationFeed).poll();
      expect(await me(service.token)).toBe(401);
      const revision = revoked.headers.get('signet-revision') ?? '';
      const { access_token: token } = await ahead.login(admin.email, admin.password);
      expect((await ahead.api('GET', `/v1/revocations/${revision}`, { token })).status).toBe(200);
    });

    it('ends sessions that would have expired by its own clock', async () => {
      const own = await startTestApp({ settings: { REFRESH_TOKEN_IDLE_TTL: '30m' } });
      try {
        const clock = new TestClock();
        clock.advance(HOUR);
        const replica = await own.startReplica(clock);
        const { id, refreshToken } = await own.createUser();
        const { access_token: token } = await replica.login(
          (await own.admin()).email,
          (await own.admin()).password,
        );
        const path = `/v1/users/${id}/revoke-tokens`;
        expect((await replica.api('POST', path, { token })).status).toBeLessThan(300);
        expect((await refresh(own, refreshToken)).status).toBe(401);
      } finally {
        await own.close();
      }
    });
  });
}

describe('a database whose clock is an hour ahead for a while', () => {
  it('has nobody forget what was revoked', async () => {
    const app = await startTestApp();
    try {
      const user = await app.createUser();
      expect((await app.api('POST', '/v1/auth/logout', { token: user.token })).status).toBe(204);
      const feed = app.nest.get(RevocationFeed);
      await feed.poll();
      const expiry = app.nest.get(ExpiryClock);
      // What the feed and the reaper go by, whatever the database says from here on.
      expect(expiry.at(Date.now() + 2 * HOUR) - Date.now()).toBeLessThan(1000);
      expect((await app.api('GET', '/v1/auth/me', { token: user.token })).status).toBe(401);
    } finally {
      await app.close();
    }
  });
});
