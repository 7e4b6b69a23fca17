import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp } from './support/app.js';
import type { TestApp } from './support/app.js';
import { dialect } from './support/databases.js';
import type { Answer } from './support/http.js';
import { OAuth, claimsOf } from './support/oauth.js';
import type { TestService } from './support/oauth.js';

interface Detail {
  readonly kind: string;
  readonly everywhereAt: string | null;
  readonly replicas: readonly { id: string; name: string; reachedAt: string | null }[];
  readonly consumers: readonly { id: string; toldAt: string | null; fetchedAt: string | null }[];
}

let app: TestApp;
let oauth: OAuth;
beforeAll(async () => {
  app = await startTestApp();
  oauth = new OAuth(app);
});
afterAll(() => app.close());

const revisionOf = ({ headers }: Answer): number => Number(headers.get('signet-revision'));
const detailOf = async (revision: number, at = app): Promise<Detail> => {
  const { token } = await app.admin();
  const { status, body } = await at.api('GET', `/v1/revocations/${revision}`, { token });
  expect(status).toBe(200);
  return body as Detail;
};
const logout = async (token: string, at = app): Promise<number> => {
  const answer = await at.api('POST', '/v1/auth/logout', { token });
  expect(answer.status).toBe(204);
  return revisionOf(answer);
};
async function eventually<T>(read: () => Promise<T>, is: (value: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const value = await read();
    if (is(value) || tries === 100) return value;
    await sleep(50);
  }
}

describe('the receipt of a revocation', () => {
  it('is the revision, whichever way access ended', async () => {
    const { token: admin } = await app.admin();
    const revisions: number[] = [];
    const users = await Promise.all(Array.from({ length: 5 }, () => app.createUser()));
    const [leaving, disabled, revoked, named, own] = users;
    revisions.push(await logout(leaving?.token ?? ''));
    for (const [method, path, body] of [
      ['POST', `/v1/users/${disabled?.id ?? ''}/disable`, undefined],
      ['POST', `/v1/users/${revoked?.id ?? ''}/revoke-tokens`, undefined],
      ['POST', '/v1/revocations', { kind: 'principal', subject: named?.id ?? '' }],
    ] as const) {
      const answer = await app.api(method, path, { token: admin, ...(body ? { body } : {}) });
      expect(answer.status).toBeLessThan(300);
      revisions.push(revisionOf(answer));
    }
    revisions.push(
      revisionOf(
        await oauth.post('revoke', { token: own?.token ?? '' }, { token: own?.token ?? '' }),
      ),
    );
    expect(revisions.every((revision) => revision > 0)).toBe(true);
    expect([...revisions].sort((a, b) => a - b)).toEqual(revisions);
    // It is the newest of what the request revoked: the poll of a replica that has it has all.
    for (const revision of revisions) await detailOf(revision);
  });

  it('is not given when nothing was revoked', async () => {
    const { token } = await app.admin();
    const user = await app.createUser();
    const enabled = await app.api('POST', `/v1/users/${user.id}/enable`, { token });
    expect(enabled.headers.get('signet-revision')).toBeNull();
  });

  it('says when each replica took it in, and when the last one had', async () => {
    const replica = await app.startReplica();
    const user = await app.createUser();
    const revision = await logout(user.token);
    const detail = await eventually(
      () => detailOf(revision),
      ({ everywhereAt, replicas }) =>
        everywhereAt !== null && replicas.length === (dialect === 'sqlite' ? 1 : 2),
    );
    expect(detail.kind).toBe('session');
    expect(detail.replicas).toHaveLength(dialect === 'sqlite' ? 1 : 2);
    const moments = detail.replicas.map(({ reachedAt }) => reachedAt ?? '');
    expect(detail.everywhereAt).toBe(moments.sort().at(-1));
    expect(await detailOf(revision, replica)).toMatchObject({ everywhereAt: detail.everywhereAt });
  });

  it('is for those who may read revocations, and of what there is', async () => {
    const { token: admin } = await app.admin();
    const { token } = await app.createUser({ roles: ['editor'] });
    const get = async (revision: string, by: string) =>
      (await app.api('GET', `/v1/revocations/${revision}`, { token: by })).status;
    expect(await get('1', token)).toBe(403);
    expect(await get('999999999', admin)).toBe(404);
    for (const bad of ['0', '-1', 'x', '1.5', '1e3']) expect(await get(bad, admin)).toBe(400);
  });

  it('leaves out a replica that has ended', async () => {
    if (dialect === 'sqlite') return; // one process a file
    const own = await startTestApp();
    try {
      const replica = await own.startReplica();
      const { token } = await own.admin();
      const user = await own.createUser();
      const revision = revisionOf(await own.api('POST', '/v1/auth/logout', { token: user.token }));
      const replicas = async () => {
        const { body } = await own.api('GET', `/v1/revocations/${revision}`, { token });
        return (body as Detail).replicas.length;
      };
      expect(await eventually(replicas, (count) => count === 2)).toBe(2);
      await replica.nest.close();
      expect(await eventually(replicas, (count) => count === 1)).toBe(1);
    } finally {
      await own.close();
    }
  });
});

describe('consumers that say who they are', () => {
  const fetchDocument = (name: string, headers: Record<string, string> = {}, token?: string) =>
    app.api('GET', `/v1/status-lists/${name}`, {
      headers,
      ...(token === undefined ? {} : { token }),
    });
  const consumerIn = ({ consumers }: Detail, { id }: TestService) =>
    consumers.find((consumer) => consumer.id === id);

  it('are shown with when they were told, and when they fetched the list that has it', async () => {
    const service = await oauth.service();
    const token = await oauth.tokenOf(service);
    const digest = await fetchDocument('digest', {}, token);
    expect([digest.status, digest.headers.get('cache-control')]).toEqual([
      200,
      'private, no-cache',
    ]);
    const user = await app.createUser();
    const place = claimsOf(user.token).status?.status_list.uri.split('/').at(-1) ?? '';
    const revision = await logout(user.token);
    const before = await eventually(
      () => detailOf(revision),
      (detail) => consumerIn(detail, service) !== undefined,
    );
    expect(consumerIn(before, service)).toMatchObject({ toldAt: null, fetchedAt: null });

    await sleep(1500); // a digest is signed once a second
    await fetchDocument('digest', {}, token);
    const told = await eventually(
      () => detailOf(revision),
      (detail) => consumerIn(detail, service)?.toldAt !== null,
    );
    expect(consumerIn(told, service)).toMatchObject({
      toldAt: expect.any(String) as unknown,
      fetchedAt: null,
    });

    const list = await fetchDocument(place, {}, token);
    const fetched = await eventually(
      () => detailOf(revision),
      (detail) => consumerIn(detail, service)?.fetchedAt !== null,
    );
    expect(consumerIn(fetched, service)?.fetchedAt).toEqual(expect.any(String));

    // Who has it already has it, though nothing is sent.
    const later = await app.createUser();
    const next = await logout(later.token);
    await sleep(1500);
    const etag = (await fetchDocument(place)).headers.get('etag') ?? '';
    expect(etag).not.toBe(list.headers.get('etag'));
    const unchanged = await fetchDocument(place, { 'if-none-match': etag }, token);
    expect(unchanged.status).toBe(304);
    const known = await eventually(
      () => detailOf(next),
      (detail) => consumerIn(detail, service)?.fetchedAt !== null,
    );
    expect(consumerIn(known, service)?.fetchedAt).toEqual(expect.any(String));
  });

  it('need a good token; without one everybody reads, and is not noted', async () => {
    expect((await fetchDocument('digest', {}, 'x.y.z')).status).toBe(401);
    const anonymous = await fetchDocument('digest');
    expect(anonymous.headers.get('cache-control')).toContain('public');
    const person = await app.createUser();
    expect((await fetchDocument('digest', {}, person.token)).status).toBe(200);
    const revision = await logout((await app.createUser()).token);
    await sleep(800);
    expect((await detailOf(revision)).consumers.map(({ id }) => id)).not.toContain(person.id);
  });
});

describe('answers that are no older than a receipt', () => {
  it('are given by a replica that has not polled since', async () => {
    const own = await startTestApp({
      settings: { REVOCATION_POLL_INTERVAL: '20s', REVOCATION_MAX_STALENESS: '60s' },
    });
    try {
      const replica = await own.startReplica();
      const there = new OAuth(own);
      const resource = await there.resource();
      const service = await there.service(['tokens:introspect', 'resources:check']);
      const asker = await there.tokenOf(service);
      const user = await own.createUser();
      const revision = revisionOf(await own.api('POST', '/v1/auth/logout', { token: user.token }));
      const introspect = async (query: string) =>
        (
          await replica.api('POST', `/oauth/introspect${query}`, {
            token: asker,
            form: { token: user.token },
          })
        ).body;
      if (dialect === 'mariadb') expect(await introspect('')).toMatchObject({ active: true });
      expect(await introspect(`?min-revision=${revision}`)).toEqual({ active: false });
      const check = (query: string) =>
        replica.api('POST', `/v1/resources/${resource.id}/check${query}`, {
          token: asker,
          body: { action: 'read', principal: { type: 'user', id: user.id } },
        });
      expect((await check(`?min-revision=${revision}`)).status).toBe(200);
      // What nobody has a receipt of is not there yet, and is not waited for.
      const ahead = await check(`?min-revision=${revision + 1000}`);
      expect([ahead.status, ahead.headers.get('retry-after')]).toEqual([503, '1']);
      expect(ahead.body).toMatchObject({ code: 'revision_not_reached' });
      expect(await introspect(`?min-revision=${revision + 1000}`)).toMatchObject({
        error: 'temporarily_unavailable',
      });
      for (const bad of ['0', 'x', '-3', '1e9']) {
        expect((await check(`?min-revision=${bad}`)).status).toBe(400);
      }
    } finally {
      await own.close();
    }
  });
});
