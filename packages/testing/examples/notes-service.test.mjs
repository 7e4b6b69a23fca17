/** The tests of that service: `node --test notes-service.test.mjs`. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { TestClock, createMockIssuer, probeService, startMockIssuer } from '@signet/testing';
import { notesService } from './notes-service.mjs';

const audience = 'https://notes.example.com';

describe('the notes service', () => {
  let issuer;
  let service;
  let url;
  before(async () => {
    issuer = await startMockIssuer({ audience });
    service = notesService({ issuer: issuer.issuer, audience });
    await new Promise((resolve) => service.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${service.address().port}/notes`;
  });
  after(async () => {
    service.close();
    await issuer.close();
  });

  const get = (token) => fetch(url, { headers: { authorization: `Bearer ${token}` } });

  it('lets in whoever may read', async () => {
    const answer = await get(issuer.token({ sub: 'ada', scope: 'read' }));
    assert.deepEqual(await answer.json(), { notes: [], of: 'ada' });
  });

  it('keeps out whoever may not', async () => {
    assert.equal((await get(issuer.token({ scope: 'write' }))).status, 403);
  });

  it('refuses an expired token', async () => {
    assert.equal((await get(issuer.expired({ scope: 'read' }))).status, 401);
  });

  it('refuses every other bad one', async () => {
    // It asks nobody about revocations, sets no limit to lifetimes, and leaves sizes to Node.
    const notItsPart = new Set(['revoked', 'lifetimeTooLong', 'oversized']);
    for (const { name, token } of issuer.badTokens({ scope: 'read' })) {
      if (!notItsPart.has(name)) assert.equal((await get(token)).status, 401, name);
    }
  });

  it('passes the probe, but for revocations', async () => {
    const { ok, results } = await probeService({ url, issuer, audience, token: { scope: 'read' } });
    assert.ok(ok, JSON.stringify(results));
    const untested = results.filter(({ outcome }) => outcome === 'untested');
    assert.deepEqual(
      untested.map(({ name }) => name),
      ['revoked'],
    );
  });
});

describe('a clock that a test moves', () => {
  it('ends a token without waiting for it', async () => {
    const clock = new TestClock('2030-01-01T00:00:00Z');
    const issuer = await createMockIssuer({ clock });
    const isActive = async (token) => {
      const body = new URLSearchParams({ token, client_id: 'notes', client_secret: 'any' });
      const address = `${issuer.issuer}/oauth/introspect`;
      return (await (await issuer.fetch(address, { method: 'POST', body })).json()).active;
    };
    const token = issuer.token({ lifetime: 60 });
    assert.equal(await isActive(token), true);
    clock.advance(66);
    assert.equal(await isActive(token), false);
  });
});
