import { get } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RevocationFeed } from '../src/revocation/revocation-feed.js';
import { STREAMS_MAX } from '../src/auth/revocations/revocation-streams.js';
import { startTestApp } from './support/app.js';
import type { TestApp } from './support/app.js';
import { claimsOf } from './support/oauth.js';

const PATH = '/v1/revocations/stream';

interface Event {
  readonly id: number;
  readonly data: { readonly revision: number; readonly kind: string; readonly subject: string };
}

/** A client of the stream, as little of one as a test needs. */
class Client {
  private text = '';
  hasEnded = false;

  private constructor(
    private readonly request: ClientRequest,
    readonly response: IncomingMessage,
  ) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (this.text += chunk));
    response.once('close', () => (this.hasEnded = true));
    response.on('error', () => undefined); // cut off, by the test or by the server
  }

  static open(app: TestApp, token: string, last?: number): Promise<Client> {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(last === undefined ? {} : { 'last-event-id': `${last}` }),
    };
    return new Promise((resolve, reject) => {
      const request = get(`${app.url}${PATH}`, { headers, agent: false });
      request.once('response', (response) => {
        resolve(new Client(request, response));
      });
      request.once('error', reject);
    });
  }

  get events(): Event[] {
    return [...this.text.matchAll(/id: (\d+)\nevent: revocation\ndata: (.*)\n\n/g)].map(
      ([, id, data = '']) => ({ id: Number(id), data: JSON.parse(data) as Event['data'] }),
    );
  }

  /** Where the stream began. */
  get begin(): number {
    return Number(/^retry: 1000\nid: (\d+)\n\n/.exec(this.text)?.[1]);
  }

  close(): void {
    this.request.destroy();
  }
}

/** Waits for what must come true within the bound and a little. */
async function until(isTrue: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 5000;
  while (!isTrue()) {
    if (performance.now() > giveUpAt) throw new Error('It did not come true');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('the stream of revocations', () => {
  let app: TestApp;
  let admin: string;
  beforeAll(async () => {
    app = await startTestApp();
    admin = (await app.admin()).token;
  });
  afterAll(() => app.close());

  const revokeOne = async () => {
    const { token } = await app.createUser();
    expect((await app.api('POST', '/v1/auth/logout', { token })).status).toBe(204);
    return claimsOf(token).sid;
  };

  it('tells of what is revoked on any replica, as it is revoked', async () => {
    const replica = await app.startReplica();
    const client = await Client.open(replica, admin);
    expect(client.response.headers['content-type']).toBe('text/event-stream');
    expect(client.response.headers['cache-control']).toBe('no-store');
    await until(() => client.begin >= 0);
    const sid = await revokeOne();
    await until(() => client.events.length > 0);
    const [{ id, data } = { id: 0, data: undefined }] = client.events;
    expect(data).toMatchObject({ revision: id, kind: 'session', subject: sid });
    client.close();
  });

  it('goes on after the last event that the client knows, from what is stored', async () => {
    await revokeOne();
    await app.nest.get(RevocationFeed).poll();
    const after = app.nest.get(RevocationFeed).revision;
    const sids = [await revokeOne(), await revokeOne()];
    await app.nest.get(RevocationFeed).poll();
    const client = await Client.open(app, admin, after);
    sids.push(await revokeOne());
    await until(() => client.events.length >= 3);
    expect(client.events.map(({ data }) => data.subject)).toEqual(sids);
    expect(client.events.map(({ id }) => id)).toEqual([after + 1, after + 2, after + 3]);
    client.close();
  });

  it('does not run ahead of a client that comes from elsewhere', async () => {
    const client = await Client.open(app, admin, 1_000_000);
    const sid = await revokeOne();
    await until(() => client.events.length > 0);
    expect(client.events.map(({ data }) => data.subject)).toEqual([sid]);
    client.close();
  });

  it('catches up with thousands, in order', async () => {
    await app.nest.get(RevocationFeed).poll();
    const { revision } = app.nest.get(RevocationFeed);
    const count = 1200;
    await app.database.transaction(async () => {
      await app.database.execute('UPDATE revocation_head SET revision = revision + ?', [count]);
      for (let i = 1; i <= count; i++) {
        await app.database.execute(
          `INSERT INTO revoked_tokens (revision, kind, subject, expires_at, reason, created_at)
           VALUES (?, 'token', ?, ?, 'administrator', 0)`,
          [revision + i, `token-${i}`, app.clock.now() + 600_000],
        );
      }
    });
    await app.nest.get(RevocationFeed).poll();
    const client = await Client.open(app, admin, revision);
    await until(() => client.events.length >= count);
    expect(client.events.map(({ id }) => id)).toEqual(
      Array.from({ length: count }, (_, i) => revision + 1 + i),
    );
    client.close();
  });

  it('ends when the session of its own token is revoked, and tells nothing of that', async () => {
    const user = await app.createUser({ roles: ['admin'] });
    const client = await Client.open(app, user.token);
    await until(() => client.begin >= 0);
    await app.api('POST', '/v1/auth/logout', { token: user.token });
    await until(() => client.hasEnded);
    expect(client.events).toEqual([]);
  });

  it('is for those who may read revocations, and for well-formed requests', async () => {
    const { token } = await app.createUser({ roles: ['editor'] });
    expect((await app.api('GET', PATH, { token })).status).toBe(403);
    expect((await app.api('GET', PATH)).status).toBe(401);
    for (const last of ['x', '-1', '1.5', '9'.repeat(16)]) {
      const headers = { 'last-event-id': last };
      expect((await app.api('GET', PATH, { token: admin, headers })).status).toBe(400);
    }
    const head = { token: admin, conform: false };
    expect((await app.api('HEAD', PATH, head)).status).toBe(200);
  });

  it('is served to a bounded number of clients, and to others when they are gone', async () => {
    const clients = await Promise.all(
      Array.from({ length: STREAMS_MAX }, () => Client.open(app, admin)),
    );
    const refused = await app.api('GET', PATH, { token: admin });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('5');
    for (const client of clients) client.close();
    let again = 503;
    while (again === 503) {
      const client = await Client.open(app, admin);
      again = client.response.statusCode ?? 0;
      client.close();
    }
    expect(again).toBe(200);
  });
});

describe('a stream', () => {
  it('ends when its token does', async () => {
    const app = await startTestApp();
    try {
      const user = await app.createUser();
      const client = await Client.open(app, (await app.admin()).token);
      await until(() => client.begin >= 0);
      app.clock.advance(app.settings.accessTokenTtl + app.settings.clockLeeway + 1000);
      await app.nest.get(RevocationFeed).poll();
      const { username, password } = user;
      const { access_token: token } = await app.login(username, password);
      await app.api('POST', '/v1/auth/logout', { token });
      await until(() => client.hasEnded);
      expect(client.events).toEqual([]);
    } finally {
      await app.close();
    }
  });

  it('keeps no replica from shutting down', async () => {
    const app = await startTestApp();
    const client = await Client.open(app, (await app.admin()).token);
    await app.close();
    await until(() => client.hasEnded);
  });
});
