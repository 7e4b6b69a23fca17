import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RevocationFeed } from '../src/revocation/revocation-feed.js';
import { readEncryptionKey } from '../src/tokens/encryption-key.js';
import { TokenIssuer } from '../src/tokens/token-issuer.js';
import { TokenRefused, TokenVerifier } from '../src/tokens/token-verifier.js';
import { VERIFICATION_STEPS } from '../src/tokens/verification-steps.js';
import { Forge, claimsOf, compact, ecdsa, encode, hmac } from './attacks/forge.js';
import { startTestApp } from './support/app.js';
import type { TestApp, TestUser } from './support/app.js';
import type { Answer } from './support/http.js';
import { newPerson } from './support/people.js';
import { routesOf } from './support/routes.js';

const EXPLAIN = '/v1/tokens/explain';
const ME = '/v1/auth/me';

interface Explanation {
  readonly verdict: string;
  readonly steps: readonly { step: string; outcome: string; text: string }[];
  readonly trusted: boolean;
  readonly header: Record<string, unknown> | null;
  readonly claims: Record<string, unknown> | null;
  readonly holder: Record<string, unknown> | null;
  readonly revocations: readonly Record<string, unknown>[];
  readonly events: readonly { action: string }[];
  readonly route?: Record<string, unknown>;
  readonly resource?: Record<string, unknown>;
}

interface Preview {
  readonly issued: boolean;
  readonly reason: { readonly code: string } | null;
  readonly token: { readonly claims: Record<string, unknown>; readonly size: number } | null;
  readonly limit: number;
}

let app: TestApp;
let admin: TestUser;
/** May explain tokens, and nothing else. */
let support: TestUser;
let forge: Forge;

beforeAll(async () => {
  app = await startTestApp({ settings: { LOG_LEVEL: 'trace' } });
  admin = await app.admin();
  forge = new Forge(app, admin.token);
  const body = { name: 'support', permissions: ['tokens:explain'] };
  expect((await app.api('POST', '/v1/roles', { token: admin.token, body })).status).toBe(201);
  support = await app.createUser({ roles: ['support'] });
});
afterAll(() => app.close());

const now = () => Math.floor(app.clock.now() / 1000);

function post(body: object, by = admin): Promise<Answer> {
  return app.api('POST', EXPLAIN, { token: by.token, body });
}

async function explain(token: string, more: object = {}, by = admin): Promise<Explanation> {
  const answer = await post({ token, ...more }, by);
  expect(answer.status).toBe(200);
  return answer.body as Explanation; // the conformance check has proved the shape
}

async function makeRole(name: string, permissions: readonly string[]): Promise<void> {
  const body = { name, permissions };
  expect((await app.api('POST', '/v1/roles', { token: admin.token, body })).status).toBe(201);
}

let accounts = 0;
async function makeAccount(roles: readonly string[]): Promise<{ id: string; name: string }> {
  const body = { name: `inspected-${++accounts}`, roles };
  const answer = await app.api('POST', '/v1/service-accounts', { token: admin.token, body });
  expect(answer.status).toBe(201);
  return answer.body as { id: string; name: string };
}

async function makeCredential(id: string): Promise<string> {
  const answer = await app.api('POST', `/v1/service-accounts/${id}/credentials`, {
    token: admin.token,
    body: { type: 'secret' },
  });
  expect(answer.status).toBe(201);
  return (answer.body as { id: string }).id;
}

const first = ({ steps }: Explanation) =>
  steps.find(({ outcome }) => outcome === 'failed' || outcome === 'unknown')?.step;
const textOf = ({ steps }: Explanation, step: string) =>
  steps.find((result) => result.step === step)?.text ?? '';

/** The step at which the guard refuses; undefined when it lets in. */
function refusal(token: string): string | undefined {
  try {
    app.nest.get(TokenVerifier).verify(token);
    return undefined;
  } catch (error) {
    if (error instanceof TokenRefused) return error.step;
    throw error;
  }
}

/** Tokens that are wrong in every way that there is, each with the step at which it must end. */
function hostile(): readonly (readonly [name: string, step: string, token: string])[] {
  const { key, header, claims, foreign } = forge;
  const jwk = foreign.publicKey.export({ format: 'jwk' });
  const theirs = ecdsa(foreign.privateKey);
  const [head = '', body = '', signature = ''] = forge.good.split('.');
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
  const { accessTokenMaxTtl } = app.settings;
  const pem = key.publicKey.export({ format: 'pem', type: 'spki' });
  return [
    ['9 kB', 'size', 'x'.repeat(9000)],
    ['a token of 9 kB', 'size', forge.signed({ padding: 'x'.repeat(7000) })],
    ['garbage', 'shape', 'garbage'],
    ['dots', 'shape', '..'],
    ['emoji', 'shape', '🦊.🦊.🦊'],
    ['a refresh token', 'shape', admin.refreshToken],
    ['a JWE', 'shape', `${encode({ alg: 'dir', enc: 'A256GCM' })}.AAAA.AAAA.AAAA.AAAA`],
    ['no signature', 'shape', `${head}.${body}.`],
    ['padding', 'shape', `${forge.good}=`],
    ['JSON', 'shape', JSON.stringify({ protected: head, payload: body, signature })],
    ['a header that is no JSON', 'shape', `AAAA.${body}.${signature}`],
    ['a header that is a list', 'shape', compact([header], claims, theirs)],
    ['a header 4,000 levels deep', 'shape', compact('['.repeat(4000), claims, theirs)],
    ['a header without a kid', 'shape', forge.headed({ kid: undefined })],
    ['a kid that is a number', 'shape', forge.headed({ kid: 1 })],
    ['crit', 'shape', forge.headed({ crit: ['exp'] })],
    ['its own key', 'shape', forge.signedBy(theirs, { jwk })],
    ['an address of keys', 'shape', forge.headed({ jku: 'http://127.0.0.1/' })],
    ['alg none', 'header', forge.headed({ alg: 'none' })],
    ['HS256 with the public key', 'header', forge.signedBy(hmac(pem), { alg: 'HS256' })],
    ['an unknown kid', 'header', forge.headed({ kid: randomBytes(32).toString('base64url') })],
    ['a kid that is a path', 'header', forge.headed({ kid: '../../../dev/null' })],
    ['a kid of 4,000 letters', 'header', forge.headed({ kid: 'k'.repeat(4000) })],
    ['an id token', 'header', forge.headed({ typ: 'JWT' })],
    ['a signature of zeros', 'signature', forge.withSignature('A'.repeat(86))],
    ['a signature that is cut', 'signature', forge.good.slice(0, -4)],
    ['a signature by another key', 'signature', forge.signedBy(theirs)],
    ['a signature on another curve', 'signature', forge.signedBy(ecdsa(p384))],
    ['another payload', 'signature', `${head}.${encode({ ...claims, sub: 'x' })}.${signature}`],
    ['a payload that is no object', 'claims', forge.payload('[]')],
    ['a payload that is no JSON', 'claims', forge.payload('text')],
    ['no jti', 'claims', forge.signed({ jti: undefined })],
    ['an exp that is a text', 'claims', forge.signed({ exp: '1' })],
    ['roles that are a text', 'claims', forge.signed({ roles: 'admin' })],
    ['claims 4,000 levels deep', 'claims', forge.payload('{"a":'.repeat(900))],
    ['another issuer', 'issuer', forge.signed({ iss: `${app.settings.issuer}/` })],
    ['another audience', 'audience', forge.signed({ aud: 'https://deploy.example.com' })],
    [
      'a life too long',
      'lifetime',
      forge.signed({ iat: now(), exp: now() + accessTokenMaxTtl / 1000 + 1 }),
    ],
    ['an end before the beginning', 'lifetime', forge.signed({ iat: now(), exp: now() - 1 })],
    ['milliseconds', 'lifetime', forge.signed({ exp: Number.MAX_SAFE_INTEGER })],
    ['an end that is over', 'time', forge.signed({ exp: now() - 95, iat: now() - 600 })],
    ['a beginning to come', 'time', forge.signed({ nbf: now() + 300 })],
    ['an issue to come', 'time', forge.signed({ iat: now() + 60, exp: now() + 600 })],
    [
      'wrong in three ways',
      'issuer',
      forge.signed({ iss: 'x', aud: 'x', exp: now() - 60, iat: 1 }),
    ],
  ];
}

describe('an explanation', () => {
  it('agrees with the guard about every hostile token, and shows none of them', async () => {
    const tokens = hostile();
    expect(tokens.length).toBeGreaterThanOrEqual(40);
    for (const [name, step, token] of tokens) {
      const told = await explain(token);
      const refused = { name, guard: refusal(token), told: first(told), verdict: told.verdict };
      expect(refused).toEqual({ name, guard: step, told: step, verdict: 'refused' });
      if (Buffer.byteLength(token) < 8000) {
        // Everyone else still hears the same.
        const { status, body } = await app.api('GET', ME, {
          token: encodeURI(token),
          conform: false,
        });
        expect({ name, status, code: (body as { code: string }).code }).toEqual({
          name,
          status: 401,
          code: 'invalid_token',
        });
      }
      const text = JSON.stringify(told);
      const [, , signature = ''] = token.split('.');
      expect(text).not.toContain(token.length > 20 ? token : '\0');
      if (signature.length > 20) expect(text).not.toContain(signature);
      expect(text.length).toBeLessThan(20_000);
    }
    // Each step was the first to fail for one of them, but revocation, which has tests of its own.
    expect(new Set(tokens.map(([, step]) => step))).toEqual(
      new Set(VERIFICATION_STEPS.filter((step) => step !== 'revocation')),
    );
  });

  it('of a good token says so, step by step', async () => {
    const user = await app.createUser({ roles: ['editor'] });
    const told = await explain(user.token);
    expect(told.verdict).toBe('accepted');
    expect(told.steps.map(({ step, outcome }) => [step, outcome])).toEqual(
      VERIFICATION_STEPS.map((step) => [step, 'passed']),
    );
    expect(told).toMatchObject({
      trusted: true,
      header: { alg: 'ES256', typ: 'at+jwt', kid: forge.key.kid },
      claims: claimsOf(user.token),
      holder: {
        id: user.id,
        type: 'user',
        name: user.username,
        status: 'active',
        roles: ['editor'],
        permissions: ['resources:read', 'resources:write'],
      },
      revocations: [],
    });
    expect(told).not.toHaveProperty('route');
    expect(textOf(told, 'header')).toContain('is active, ES256 is its algorithm');
    expect(textOf(told, 'time')).toMatch(/^It expires in (?:5\d\d|600) s, at 20/);
    expect(textOf(told, 'revocation')).toMatch(
      /^No revocation in force takes it, as of revision \d+, [\d.]+ s old\.$/,
    );
  });

  it('takes a token as it is copied: with the scheme before it, and white space around', async () => {
    for (const text of [`Bearer ${admin.token}`, ` ${admin.token}\n`, `bearer  ${admin.token} `])
      expect((await explain(text)).verdict).toBe('accepted');
  });

  it.each<[string, () => string, string, RegExp]>([
    ['a refresh token', () => admin.refreshToken, 'shape', /exchanged at \/v1\/auth\/refresh/],
    ['a JWE', () => 'AAAA.AAAA.AAAA.AAAA.AAAA', 'shape', /encrypted token \(JWE\)/],
    ['no signature', () => forge.good.slice(0, -86), 'shape', /has no signature/],
    ['a client secret', () => `sgs_${'A'.repeat(43)}`, 'shape', /client secret.*replace it/],
    ['half of it', () => forge.good.split('.')[0] ?? '', 'shape', /but 1 part\(s\)/],
    ['members', () => forge.headed({ crit: [], jku: 'x' }), 'shape', /"crit", "jku"/],
    ['what lacks', () => forge.headed({ kid: 1 }), 'shape', /as text: kid\./],
    ['the algorithm', () => forge.headed({ alg: 'none' }), 'header', /is for ES256.*says "none"/],
    ['the type', () => forge.headed({ typ: 'JWT' }), 'header', /must be at\+jwt, and is "JWT"/],
    ['the claims', () => forge.signed({ jti: 1, ver: '1' }), 'claims', /wrong type: jti, ver\.$/],
    ['the issuer', () => forge.signed({ iss: 'x' }), 'issuer', /It is "x" and must be "http/],
    [
      'the end',
      () => forge.signed({ exp: now() - 95, iat: now() - 600 }),
      'time',
      /expired 9[56] s ago, at/,
    ],
    ['the start', () => forge.signed({ nbf: now() + 300 }), 'time', /only from .* in (299|300) s/],
    ['the cap', () => forge.signed({ iat: 1 }), 'lifetime', /3600 s of ACCESS_TOKEN_MAX_TTL/],
    [
      'the key',
      () => forge.signedBy(ecdsa(forge.foreign.privateKey), { kid: 'other' }),
      'header',
      /no key "other" and never was/,
    ],
    [
      'the audience',
      () => forge.signed({ aud: 'https://a.example' }),
      'audience',
      /for "https:\/\/a\.example", and was shown to "http:\/\/signet\.test"\.$/,
    ],
  ])('names what is wrong: %s', async (_, token, step, sentence) => {
    const told = await explain(token());
    expect(first(told)).toBe(step);
    expect(textOf(told, step)).toMatch(sentence);
  });

  it('says what nobody vouches for, and takes nobody for its holder', async () => {
    const [, , signature = ''] = forge.good.split('.');
    const forged = `${encode(forge.header)}.${encode({ ...forge.claims, sub: 'anybody', roles: ['root'] })}.${signature}`;
    const told = await explain(forged, { route: { method: 'GET', path: '/v1/users' } });
    expect(told).toMatchObject({
      trusted: false,
      claims: { sub: 'anybody', roles: ['root'] },
      holder: null,
      events: [],
      route: { withThisToken: false, withNewToken: false },
    });
    expect(told.steps.slice(4).map(({ outcome }) => outcome)).toEqual(
      VERIFICATION_STEPS.slice(4).map(() => 'skipped'),
    );
    const { body } = await app.api('GET', '/v1/audit?action=token.explained&limit=1', {
      token: admin.token,
    });
    expect(body).toMatchObject({ items: [{ targetId: null, detail: null }] });
  });

  it('goes on after the claims: a token that is expired, revoked and for somebody else is all three', async () => {
    const user = await app.createUser();
    const theirs = new Forge(app, user.token);
    await app.api('POST', '/v1/auth/logout', { token: user.token });
    const told = await explain(
      theirs.signed({ aud: 'https://a.example', exp: now() - 60, iat: now() - 600 }),
    );
    expect(
      told.steps.filter(({ outcome }) => outcome === 'failed').map(({ step }) => step),
    ).toEqual(['audience', 'time', 'revocation']);
  });

  it('leaves out what is large, and what is deep', async () => {
    const large = await explain(forge.signed({ user_claims: { text: 'x'.repeat(3000) } }));
    expect(large.claims?.['user_claims']).toBe('(left out: 3011 bytes)');
    expect(large.claims?.['sub']).toBe(admin.id);
    const deep = await explain(forge.payload(`${'['.repeat(2000)}${']'.repeat(2000)}`));
    expect(deep.claims).toBeNull();
  });

  it('is about a moment and never kept, and the log has nothing of the token', async () => {
    const canary = randomBytes(24).toString('hex');
    const token = forge.signed({ jti: 'canary-jti', user_claims: { canary } });
    const answer = await post({ token });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    await post({ token: `${canary}.${canary}.${canary}` });
    await post({ token, route: { method: 'GET', path: `/${canary}` } });
    await app.api('POST', EXPLAIN, {
      token: admin.token,
      rawBody: `{"token":"${canary}","token":1,`,
      conform: false,
    });
    for (const wrong of [
      { token: [canary] },
      { token: canary, more: canary },
      { tokens: canary },
    ]) {
      const refused = await app.api('POST', EXPLAIN, {
        token: admin.token,
        body: wrong,
        conform: false,
      });
      expect(refused.status).toBe(400);
      expect(JSON.stringify(refused.body)).not.toContain(canary);
    }
    const log = app.logs.join('');
    for (const secret of [canary, token, token.split('.')[2] ?? '']) {
      expect(log).not.toContain(secret);
    }
    const rows = await app.database.select<{ detail: string | null; id: string | null }>(
      `SELECT detail AS detail, target_id AS id FROM audit_events WHERE action = 'token.explained'`,
    );
    expect(rows).toContainEqual({ id: 'canary-jti', detail: JSON.stringify({ sub: admin.id }) });
    expect(JSON.stringify(rows)).not.toContain(canary);
  });

  it('is for whoever may explain tokens', async () => {
    const user = await app.createUser({ roles: ['editor'] });
    expect((await post({ token: admin.token }, user)).status).toBe(403);
    const answer = await app.api('POST', EXPLAIN, { body: { token: admin.token } });
    expect(answer.status).toBe(401);
    expect((await explain(user.token, {}, support)).verdict).toBe('accepted');
  });

  it('does not open the audit log to whoever may not read it', async () => {
    const user = await app.createUser();
    await app.api('PUT', `/v1/users/${user.id}/roles`, {
      token: admin.token,
      body: { roles: ['editor'] },
    });
    const told = await explain(user.token);
    expect(told.events.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['user.roles_set', 'auth.login']),
    );
    expect((await explain(user.token, {}, support)).events).toEqual([]);
  });
});

describe('a revoked token', () => {
  const revoke = (kind: string, subject: unknown) =>
    app.api('POST', '/v1/revocations', { token: admin.token, body: { kind, subject } });

  it.each<[string, (user: TestUser) => Promise<Answer>, object]>([
    [
      'signing out',
      (user) => app.api('POST', '/v1/auth/logout', { token: user.token }),
      { kind: 'session', reason: 'logout' },
    ],
    [
      'an administrator, by its id',
      (user) => revoke('token', claimsOf(user.token)['jti']),
      { kind: 'token', reason: 'administrator' },
    ],
    [
      'losing a role',
      (user) =>
        app.api('PUT', `/v1/users/${user.id}/roles`, {
          token: admin.token,
          body: { roles: [] },
        }),
      { kind: 'principal', reason: 'roles_changed' },
    ],
    [
      'being disabled',
      (user) => app.api('POST', `/v1/users/${user.id}/disable`, { token: admin.token }),
      { kind: 'session', reason: 'disabled' },
    ],
    [
      'being deleted',
      (user) => app.api('DELETE', `/v1/users/${user.id}`, { token: admin.token }),
      { kind: 'principal', reason: 'deleted' },
    ],
  ])('by %s: which revocation it was, by whom and when', async (how, act, expected) => {
    const user = await app.createUser({ roles: ['editor'] });
    const before = app.clock.now();
    expect((await act(user)).status).toBeLessThan(300);
    expect(refusal(user.token)).toBe('revocation');
    const told = await explain(user.token);
    const by = how === 'signing out' ? user : admin;
    expect(first(told)).toBe('revocation');
    expect(told.revocations[0]).toMatchObject({
      ...expected,
      revokedBy: { id: by.id, type: 'user', name: by.username },
    });
    const [hit] = told.revocations;
    expect(Date.parse(String(hit?.['createdAt']))).toBeGreaterThanOrEqual(before);
    const text = textOf(told, 'revocation');
    expect(text).toContain(`by ${by.username}, at 20`);
    expect(text).toContain(`(revision ${String(hit?.['revision'])})`);
    const { body } = await app.api('GET', `/v1/revocations?subject=${String(hit?.['subject'])}`, {
      token: admin.token,
    });
    expect((body as { items: { revision: number }[] }).items).toContainEqual(
      expect.objectContaining({ revision: hit?.['revision'] }),
    );
    if (how === 'being deleted')
      expect(told.holder).toEqual(expect.objectContaining({ status: 'gone', roles: [] }));
    if (how === 'being disabled') expect(told.holder).toMatchObject({ status: 'disabled' });
  });

  it('is told by the one that ended it, not by what others lost', async () => {
    const user = await app.createUser({ roles: ['editor'] });
    const setRoles = (roles: readonly string[]) =>
      app.api('PUT', `/v1/users/${user.id}/roles`, { token: admin.token, body: { roles } });
    await setRoles([]);
    const again = await app.login(user.username, user.password);
    await setRoles(['editor', 'viewer']);
    await setRoles(['viewer']);
    expect((await explain(user.token)).revocations).toHaveLength(2);
    const later = await explain(again.access_token);
    expect(later.revocations).toHaveLength(1);
    const fresh = await app.login(user.username, user.password);
    const good = await explain(fresh.access_token);
    expect({ verdict: good.verdict, revocations: good.revocations }).toEqual({
      verdict: 'accepted',
      revocations: [],
    });
  });

  it('through whoever acts in it', async () => {
    const [user, actor] = [await app.createUser(), await app.createUser()];
    const { sub, sid, ver } = claimsOf(actor.token);
    const token = new Forge(app, user.token).signed({ act: { sub, sid, ver } });
    expect((await explain(token)).verdict).toBe('accepted');
    expect((await revoke('principal', actor.id)).status).toBe(201);
    const told = await explain(token);
    expect([refusal(token), first(told)]).toEqual(['revocation', 'revocation']);
    expect(told.revocations).toContainEqual(
      expect.objectContaining({ kind: 'principal', subject: actor.id, reason: 'administrator' }),
    );
  });

  it('with the credential that it was issued to', async () => {
    const account = await makeAccount(['viewer']);
    const credentialId = await makeCredential(account.id);
    const { token } = app.nest.get(TokenIssuer).issue({
      subject: account.id,
      clientId: account.id,
      sessionId: credentialId,
      roles: ['viewer'],
      scope: ['resources:read'],
      tokenVersion: 1,
      asOf: app.clock.now(),
    });
    const route = { method: 'GET', path: '/v1/resources' };
    const good = await explain(token, { route });
    expect(good).toMatchObject({
      verdict: 'accepted',
      holder: { id: account.id, type: 'service', name: account.name, roles: ['viewer'] },
      route: { withThisToken: true, withNewToken: true },
    });
    await app.api('DELETE', `/v1/service-accounts/${account.id}/credentials/${credentialId}`, {
      token: admin.token,
    });
    const told = await explain(token, { route });
    expect(first(told)).toBe('revocation');
    expect(told.revocations).toEqual([
      expect.objectContaining({
        kind: 'credential',
        subject: credentialId,
        reason: 'credential_deleted',
        revokedBy: { id: admin.id, type: 'user', name: admin.username },
      }),
    ]);
  });

  it('with its key: that it was compromised, by whom and when', async () => {
    const other = await startTestApp();
    try {
      const before = await other.admin();
      const { kid } = new Forge(other, before.token).key;
      const answer = await other.api('POST', `/v1/keys/${kid}/compromise`, { token: before.token });
      expect(answer.status).toBe(200);
      const { revision } = answer.body as { revision: number };
      const { access_token: token } = await other.login(before.username, before.password);
      const told = await other.api('POST', EXPLAIN, { token, body: { token: before.token } });
      const { steps, revocations, events, ...rest } = told.body as Explanation;
      expect(rest).toMatchObject({ verdict: 'refused', trusted: false, holder: null });
      expect(steps[2]).toMatchObject({ step: 'header', outcome: 'failed' });
      expect(steps[2]?.text).toMatch(
        new RegExp(
          `^The key "${kid}" was found to be compromised at 20.*Z, by ${before.username} \\(revision ${revision}\\)`,
        ),
      );
      expect(revocations).toEqual([
        {
          kind: 'key',
          subject: kid,
          reason: 'key_compromised',
          revision,
          revokedBy: { id: before.id, type: 'user', name: before.username },
          createdAt: expect.any(String),
        },
      ]);
      expect(events[0]).toMatchObject({
        action: 'key.compromised',
        actorId: before.id,
        targetId: kid,
      });
      expect(events.map(({ action }) => action)).toContain('key.created');
      // Whoever may not read the audit log still learns of the revocation.
      const role = { name: 'support', permissions: ['tokens:explain'] };
      expect((await other.api('POST', '/v1/roles', { token, body: role })).status).toBe(201);
      const person = newPerson();
      const made = { ...person, roles: ['support'] };
      expect((await other.api('POST', '/v1/users', { token, body: made })).status).toBe(201);
      const reader = await other.login(person.username, person.password);
      const body = { token: before.token };
      const asked = await other.api('POST', EXPLAIN, { token: reader.access_token, body });
      expect(asked.body).toMatchObject({ events: [], revocations });
      // The revocation goes some day, the audit log stays.
      await other.database.execute('DELETE FROM revoked_tokens');
      const later = await other.api('POST', EXPLAIN, { token, body });
      expect((later.body as Explanation).steps[2]?.text).toMatch(/compromised at [^ ]+Z: nothing/);
      expect(later.body).toMatchObject({ revocations: [], events });
    } finally {
      await other.close();
    }
  });

  it('is told though nobody knows by whom any more', async () => {
    const user = await app.createUser();
    await app.api('POST', '/v1/auth/logout', { token: user.token });
    await app.database.execute('DELETE FROM revoked_tokens WHERE subject = ?', [
      claimsOf(user.token)['sid'],
    ]);
    const told = await explain(user.token);
    expect([first(told), told.revocations]).toEqual(['revocation', []]);
    expect(textOf(told, 'revocation')).toContain('not stored any more');
  });
});

describe('when revocations may have been missed', () => {
  it('nothing is certain, and the explanation says so', async () => {
    const open = await startTestApp({ settings: { REVOCATION_FAIL_OPEN: 'on' } });
    try {
      const { token } = await open.admin();
      const user = await open.createUser();
      const gone = await open.createUser();
      await open.api('POST', '/v1/auth/logout', { token: gone.token });
      await open.nest.get(RevocationFeed).stop();
      open.clock.advance(5000);
      const ask = async (about: TestUser) =>
        (await open.api('POST', EXPLAIN, { token, body: { token: about.token } }))
          .body as Explanation;
      const told = await ask(user);
      expect(told.verdict).toBe('accepted'); // as the guard does, failing open
      expect(told.steps.at(-1)).toMatchObject({ step: 'revocation', outcome: 'unknown' });
      expect(textOf(told, 'revocation')).toMatch(
        /^Not known for certain: .* more than the 2 s of REVOCATION_MAX_STALENESS; REVOCATION_FAIL_OPEN is on/,
      );
      expect((await ask(gone)).steps.at(-1)).toMatchObject({ outcome: 'failed' });
    } finally {
      await open.close();
    }
  });
});

describe('a named route', () => {
  const ask = async (token: string, method: string, path: string) =>
    (await explain(token, { route: { method, path } })).route;

  it('is found for every address that the application answers', async () => {
    for (const { method, path } of routesOf(app.nest)) {
      expect(await ask(admin.token, method, path)).toMatchObject({ path });
      const concrete = path.replaceAll(/:[A-Za-z]+/g, randomUUID());
      expect(await ask(admin.token, method, `${concrete}?a=b`)).toMatchObject({ path });
    }
    expect(await ask(admin.token, 'HEAD', '/v1/users')).toMatchObject({ path: '/v1/users' });
  });

  it.each([
    ['GET', '/v1/nothing'],
    ['DELETE', '/v1/users'],
    ['GET', '/V1/users'],
    ['GET', '//v1/users'],
    ['GET', '/v1/users/a/b/c'],
    ['GET', '/'],
  ])('is unknown when nothing answers: %s %s', async (method, path) => {
    const { status } = await app.api(method, path, { token: admin.token, conform: false });
    expect([404, 405]).toContain(status);
    expect(await ask(admin.token, method, path)).toMatchObject({
      path: null,
      access: null,
      withThisToken: false,
      withNewToken: false,
      text: expect.stringContaining('no such route'),
    });
  });

  it('lets in exactly whom the guards let in', async () => {
    const callers = [admin, support, await app.createUser({ roles: ['editor'] })];
    const routes = [
      ['GET', '/v1/users'],
      ['GET', '/v1/resources'],
      ['GET', '/v1/audit'],
      ['GET', '/v1/auth/me'],
      ['GET', '/v1/keys'],
      ['GET', '/.well-known/jwks.json'],
    ] as const;
    for (const caller of callers) {
      for (const [method, path] of routes) {
        const { status } = await app.api(method, path, { token: caller.token });
        const verdict = await ask(caller.token, method, path);
        expect([path, verdict?.['withThisToken']]).toEqual([path, status === 200]);
      }
    }
  });

  it('lets in exactly whom the endpoints of OAuth let in, which ask for themselves', async () => {
    await makeRole('introspecting', ['tokens:introspect']);
    const callers = [
      admin,
      support,
      await app.createUser({ roles: ['introspecting'] }),
      await app.createUser(),
    ];
    const formsOf = (token: string) => ({
      '/oauth/introspect': { token: support.token },
      '/oauth/revoke': { token: 'none' },
      '/oauth/token': {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        subject_token: token,
        resource: 'https://nowhere.example',
      },
    });
    const answers: string[] = [];
    for (const { token } of callers) {
      for (const [path, form] of Object.entries(formsOf(token))) {
        const { status } = await app.api('POST', path, { token, form });
        answers.push(`${path} ${status}`);
        const verdict = await ask(token, 'POST', path);
        expect([path, verdict?.['withThisToken']]).toEqual([path, status === 200]);
        expect(verdict).toMatchObject({
          withNewToken: status === 200,
          access: expect.stringMatching(/^clients, which authenticate themselves; /),
        });
      }
    }
    expect(new Set(answers)).toEqual(
      new Set([
        '/oauth/introspect 200',
        '/oauth/introspect 403',
        '/oauth/token 401',
        '/oauth/revoke 200',
      ]),
    );
    expect(await ask('garbage', 'POST', '/oauth/introspect')).toMatchObject({
      withThisToken: false,
      withNewToken: false,
    });
    expect(await ask(support.token, 'POST', '/oauth/introspect')).toMatchObject({
      access:
        'clients, which authenticate themselves; by access token, permission `tokens:introspect`',
      text: expect.stringContaining('needs the permission tokens:introspect'),
    });
    expect(await ask(admin.token, 'POST', '/oauth/token')).toMatchObject({
      text: expect.stringContaining('subject_token'),
    });
  });

  it('says where a route decides further, by what the request is about', async () => {
    await makeRole('sa-reading', ['service-accounts:read']);
    await makeRole('managing', [
      'users:read',
      'users:write',
      'roles:write',
      'revocations:write',
      'service-accounts:read',
      'service-accounts:write',
    ]);
    const editor = await app.createUser({ roles: ['editor'] });
    const reader = await app.createUser({ roles: ['sa-reading'] });
    const manager = await app.createUser({ roles: ['managing'] });
    const { id: resource } = (
      await app.api('POST', '/v1/resources', {
        token: admin.token,
        body: { identifier: 'https://further.example.com', name: 'Further', actions: ['read'] },
      })
    ).body as { id: string };
    const { id: account } = await makeAccount(['admin']);
    const credential = await makeCredential(account);
    const self = { type: 'user', id: editor.id };
    const resources = `/v1/resources/${resource}`;
    const user = `/v1/users/${admin.id}`;
    const service = `/v1/service-accounts/${account}`;
    const requests: readonly (readonly [TestUser, string, string, object?])[] = [
      [
        editor,
        'POST',
        '/v1/resources',
        { identifier: 'https://x.example', name: 'X', actions: ['read'], ownerId: admin.id },
      ],
      [editor, 'PATCH', resources, { name: 'Mine' }],
      [editor, 'DELETE', resources],
      [
        editor,
        'POST',
        `${resources}/check`,
        { principal: { type: 'user', id: admin.id }, action: 'read' },
      ],
      [editor, 'GET', `${resources}/grants`],
      [editor, 'POST', `${resources}/grants`, { principal: self, actions: ['read'] }],
      [editor, 'DELETE', `${resources}/grants/${randomUUID()}`],
      [manager, 'POST', '/v1/users', { ...newPerson(), roles: ['admin'] }],
      [manager, 'PATCH', user, { displayName: 'Root' }],
      [manager, 'DELETE', user],
      [manager, 'PUT', `${user}/roles`, { roles: [] }],
      [manager, 'PUT', `${user}/claims`, { team: 'none' }],
      [manager, 'POST', `${user}/disable`],
      [manager, 'POST', `${user}/enable`],
      [manager, 'POST', `${user}/revoke-tokens`],
      [manager, 'POST', '/v1/revocations', { kind: 'principal', subject: admin.id }],
      [manager, 'POST', '/v1/roles', { name: 'strong', permissions: ['keys:write'] }],
      [manager, 'PATCH', '/v1/roles/viewer', { permissions: ['keys:write'] }],
      [manager, 'POST', '/v1/service-accounts', { name: 'strong', roles: ['admin'] }],
      [reader, 'PATCH', service, { description: 'Mine' }],
      [manager, 'DELETE', service],
      [manager, 'PUT', `${service}/roles`, { roles: [] }],
      [manager, 'PUT', `${service}/claims`, { team: 'none' }],
      [manager, 'POST', `${service}/disable`],
      [manager, 'POST', `${service}/enable`],
      [manager, 'POST', `${service}/revoke-tokens`],
      [reader, 'POST', `${service}/credentials`, { type: 'secret' }],
      [reader, 'DELETE', `${service}/credentials/${credential}`],
    ];
    const refused = new Set<string>();
    for (const [{ token }, method, path, body] of requests) {
      const answer = await app.api(method, path, {
        token,
        ...(body === undefined ? {} : { body }),
      });
      const verdict = await ask(token, method, path);
      expect([method, path, answer.body, verdict]).toMatchObject([
        method,
        path,
        { status: 403, code: 'access_denied' },
        {
          withThisToken: true,
          decidesFurther: true,
          text: expect.stringContaining('decides by what the request is about'),
        },
      ]);
      refused.add(`${method} ${String(verdict?.['path'])}`);
    }
    const said: string[] = [];
    for (const { method, path } of routesOf(app.nest)) {
      if ((await ask(admin.token, method, path))?.['decidesFurther'] === true)
        said.push(`${method} ${path}`);
    }
    expect(said.sort()).toEqual([...refused].sort());
    // Whoever the guards refuse hears nothing of that.
    expect((await ask(support.token, 'DELETE', user))?.['text']).not.toContain('decides by');
  });

  it('knows that a new token of a service is fresh, and one of a person as old as their sign-in', async () => {
    const account = await makeAccount(['admin']);
    const { token: good } = app.nest.get(TokenIssuer).issue({
      subject: account.id,
      clientId: account.id,
      sessionId: await makeCredential(account.id),
      roles: ['admin'],
      scope: ['roles:write'],
      tokenVersion: 1,
      asOf: app.clock.now(),
    });
    const over = { iat: now() - 7200, exp: now() - 6600 };
    expect(await ask(new Forge(app, good).signed(over), 'POST', '/v1/roles')).toMatchObject({
      withThisToken: false,
      withNewToken: true,
    });
    const old = forge.signed({ ...over, auth_time: now() - 7200 });
    expect(await ask(old, 'POST', '/v1/roles')).toMatchObject({
      withThisToken: false,
      withNewToken: false,
      text: expect.stringContaining('reauthenticate'),
    });
  });

  it('says what is missing, and whether signing in again would help', async () => {
    const user = await app.createUser();
    expect(await ask(user.token, 'GET', '/v1/resources')).toEqual({
      path: '/v1/resources',
      access: 'permission `resources:read`',
      decidesFurther: false,
      withThisToken: false,
      withNewToken: false,
      text: 'What it says is not enough: needs the permission resources:read. A new one would not be either: needs the permission resources:read.',
    });
    await app.api('PUT', `/v1/users/${user.id}/roles`, {
      token: admin.token,
      body: { roles: ['viewer'] },
    });
    expect(await ask(user.token, 'GET', '/v1/resources')).toMatchObject({
      withThisToken: false,
      withNewToken: true,
    });
    await app.api('POST', '/v1/auth/logout', { token: user.token });
    const signedOut = await ask(user.token, 'GET', '/v1/auth/me');
    expect(signedOut).toMatchObject({
      withThisToken: false,
      withNewToken: true,
      text: 'The token is refused. What it says would be enough. A new one would be.',
    });
    await app.api('POST', `/v1/users/${user.id}/disable`, { token: admin.token });
    expect(await ask(user.token, 'GET', '/v1/auth/me')).toMatchObject({
      withNewToken: false,
      text: expect.stringContaining('disabled'),
    });
  });

  it('is one of Signet, so it cannot stand beside a resource', async () => {
    const route = { method: 'GET', path: '/v1/users' };
    for (const body of [
      { token: 'x', route, resource: 'https://a.example' },
      { token: 'x', action: 'read' },
      { token: 'x', route: { method: 'TRACE', path: '/' } },
      { token: 'x', route: { method: 'GET', path: 'v1/users' } },
      { token: '' },
      {},
    ]) {
      const answer = await app.api('POST', EXPLAIN, {
        token: admin.token,
        body,
        conform: false,
      });
      expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    }
  });
});

describe('a named resource', () => {
  const IDENTIFIER = 'https://deploy.example.com';
  let owner: TestUser;
  let resourceId: string;
  beforeAll(async () => {
    owner = await app.createUser({ roles: ['editor'] });
    const answer = await app.api('POST', '/v1/resources', {
      token: owner.token,
      body: { identifier: IDENTIFIER, name: 'Deployments', actions: ['read', 'deploy'] },
    });
    expect(answer.status).toBe(201);
    resourceId = (answer.body as { id: string }).id;
  });

  const grant = (user: TestUser, actions: readonly string[]) =>
    app.api('POST', `/v1/resources/${resourceId}/grants`, {
      token: owner.token,
      body: { principal: { type: 'user', id: user.id }, actions },
    });
  const ask = (token: string, action?: string, resource = IDENTIFIER) =>
    explain(token, { resource, ...(action === undefined ? {} : { action }) });

  it('takes tokens that are for it, and no others', async () => {
    const user = await app.createUser();
    await grant(user, ['read']);
    const forResource = new Forge(app, user.token).signed({
      aud: IDENTIFIER,
      scope: 'read',
      roles: [],
    });
    expect((await explain(forResource)).verdict).toBe('refused');
    const there = await ask(forResource, 'read');
    expect(there.verdict).toBe('accepted');
    expect(there.resource).toMatchObject({
      known: true,
      actions: ['read'],
      withThisToken: true,
      withNewToken: true,
      decision: { allowed: true, reason: { code: 'granted' } },
    });
    const wrong = await ask(user.token, 'read');
    expect([wrong.verdict, first(wrong)]).toEqual(['refused', 'audience']);
    expect(textOf(wrong, 'audience')).toContain(`was shown to "${IDENTIFIER}"`);
    expect(wrong.resource).toMatchObject({
      withThisToken: false,
      withNewToken: true,
      text: expect.stringMatching(/^The token is refused here\. A grant gives/),
    });
  });

  it('says why somebody may not, by the same decision as the check', async () => {
    const user = await app.createUser();
    const theirs = new Forge(app, user.token);
    const token = theirs.signed({ aud: IDENTIFIER, scope: 'deploy', roles: [] });
    const told = await ask(token, 'deploy');
    const check = await app.api('POST', `/v1/resources/${resourceId}/check`, {
      token: admin.token,
      body: { principal: { type: 'user', id: user.id }, action: 'deploy' },
    });
    expect(told.resource?.['decision']).toEqual(check.body);
    // The token still says what was granted once; what it was is not granted any more.
    expect(told.resource).toMatchObject({ withThisToken: true, withNewToken: false, actions: [] });
    expect((await ask(token, 'destroy')).resource).toMatchObject({
      withThisToken: false,
      decision: { allowed: false, reason: { code: 'unknown_action' } },
    });
    expect((await ask(token)).resource).toMatchObject({
      actions: [],
      withNewToken: false,
      text: expect.stringContaining('get no token'),
    });
  });

  it('that is not registered is said to be unknown', async () => {
    for (const token of [admin.token, 'garbage']) {
      expect((await ask(token, 'read', 'https://nowhere.example')).resource).toEqual({
        known: false,
        actions: [],
        withThisToken: false,
        withNewToken: false,
        text: 'No resource has this identifier: nobody gets a token for it.',
      });
    }
    expect((await ask('garbage', 'read')).resource).toMatchObject({ known: true, actions: [] });
  });
});

describe('a preview', () => {
  const IDENTIFIER = 'https://preview.example.com';
  let owner: TestUser;
  let resourceId: string;
  beforeAll(async () => {
    owner = await app.createUser({ roles: ['editor'] });
    resourceId = await register({ identifier: IDENTIFIER, claims: ['team'], tokenTtl: 120 });
  });

  async function register(more: object): Promise<string> {
    const answer = await app.api('POST', '/v1/resources', {
      token: owner.token,
      body: { name: 'Preview', actions: ['read', 'deploy', 'write'], ...more },
    });
    expect(answer.status).toBe(201);
    return (answer.body as { id: string }).id;
  }

  const grant = (id: string, principal: object, actions: readonly string[]) =>
    app.api('POST', `/v1/resources/${id}/grants`, {
      token: owner.token,
      body: { principal, actions },
    });
  const setClaims = (id: string, body: object) =>
    app.api('PUT', `/v1/users/${id}/claims`, { token: admin.token, body });
  const send = (body: object, by = admin) =>
    app.api('POST', '/v1/tokens/preview', { token: by.token, body });

  async function preview(id: string, more: object = {}, type = 'user'): Promise<Preview> {
    const answer = await send({ principal: { type, id }, ...more });
    expect(answer.status).toBe(200);
    return answer.body as Preview; // the conformance check has proved the shape
  }

  /** The size is that of a token with the longest reference to a status list; a real one's is a few bytes shorter. */
  function expectAtMost(told: Preview, real: string): void {
    const size = told.token?.size ?? 0;
    expect(size).toBeGreaterThanOrEqual(real.length);
    expect(size).toBeLessThanOrEqual(real.length + 24);
  }

  it("is the next token for Signet's own API, but for what only a real one has", async () => {
    const user = await app.createUser({ roles: ['editor', 'viewer'] });
    await setClaims(user.id, { team: 'payments', level: 3 });
    const told = await preview(user.id);
    const { access_token: real } = await app.login(user.username, user.password);
    const { jti, sid, iat, nbf, exp, auth_time, status, ...rest } = claimsOf(real);
    expect(status).toBeDefined();
    expect(told).toMatchObject({ issued: true, reason: null, limit: 2048 });
    expect(told.token?.claims).toMatchObject(rest);
    expect(Object.keys(told.token?.claims ?? {})).toEqual(Object.keys(claimsOf(real)));
    expectAtMost(told, real);
    expect(told.token).toMatchObject({
      encrypted: false,
      largest: [{ name: 'status' }, { name: 'sub', bytes: 38 }, {}],
    });
    expect(told.token?.claims).toMatchObject({
      jti: 'preview-not-a-token-id',
      sid: '00000000-0000-0000-0000-000000000000',
    });
    for (const value of [jti, sid]) expect(JSON.stringify(told)).not.toContain(String(value));
    expect(Number(exp) - Number(iat)).toBe(
      Number(told.token?.claims['exp']) - Number(told.token?.claims['iat']),
    );
    expect([typeof nbf, typeof auth_time]).toEqual(['number', 'number']);
  });

  it('is none: nothing in it, and nothing that can be made of it, opens anything', async () => {
    const user = await app.createUser({ roles: ['editor'] });
    const answer = await send({ principal: { type: 'user', id: user.id } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const text = JSON.stringify(answer.body);
    expect(text).not.toMatch(/[A-Za-z0-9_-]{60,}/); // a signature has 86 letters
    const { claims } = (answer.body as Preview).token ?? { claims: {} };
    const header = forge.header;
    const [, , signature = ''] = user.token.split('.');
    const attempts = [
      `${encode(header)}.${encode(claims)}.`,
      `${encode({ ...header, alg: 'none' })}.${encode(claims)}.AA`,
      `${encode(header)}.${encode(claims)}.${signature}`,
      encode(claims),
    ];
    for (const token of attempts)
      expect((await app.api('GET', ME, { token, conform: false })).status).toBe(401);
    const log = app.logs.join('');
    expect(log).not.toContain(encode(claims).slice(0, 60));
  });

  it('leaves no trace and changes nothing', async () => {
    const user = await app.createUser();
    const count = async () => {
      const [row] = await app.database.select<{ events: number; sessions: number }>(
        'SELECT (SELECT COUNT(*) FROM audit_events) AS events, (SELECT COUNT(*) FROM sessions) AS sessions',
      );
      return { events: Number(row?.events), sessions: Number(row?.sessions) };
    };
    const before = await count();
    await preview(user.id);
    await preview(user.id, { resource: IDENTIFIER });
    expect(await count()).toEqual(before);
  });

  it('for a resource says what is granted there, through which roles, and the claims that it wants', async () => {
    const user = await app.createUser({ roles: ['viewer', 'editor'] });
    await setClaims(user.id, { team: 'payments', level: 3 });
    await grant(resourceId, { type: 'user', id: user.id }, ['read']);
    await grant(resourceId, { type: 'role', id: 'viewer' }, ['deploy']);
    const told = await preview(user.id, { resource: IDENTIFIER });
    expect(told.token?.claims).toMatchObject({
      aud: IDENTIFIER,
      sub: user.id,
      scope: 'read deploy',
      roles: ['viewer'],
      user_claims: { team: 'payments' },
    });
    const { iat, exp } = told.token?.claims as { iat: number; exp: number };
    expect(exp - iat).toBe(120);
    const narrowed = await preview(user.id, { resource: IDENTIFIER, scope: 'write read' });
    expect(narrowed.token?.claims).toMatchObject({ scope: 'read', roles: [] });
    const none = await register({ identifier: `${IDENTIFIER}/none`, claims: [] });
    await grant(none, { type: 'user', id: user.id }, ['read']);
    const without = await preview(user.id, { resource: `${IDENTIFIER}/none` });
    expect(without.token?.claims).not.toHaveProperty('user_claims');
  });

  it('of an encrypted token has the size of what is sent', async () => {
    const user = await app.createUser();
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const resource = `${IDENTIFIER}/encrypted`;
    const id = await register({
      identifier: resource,
      encryptionKey: publicKey.export({ format: 'jwk' }),
    });
    await grant(id, { type: 'user', id: user.id }, ['read']);
    const told = await preview(user.id, { resource });
    const claims = told.token?.claims ?? {};
    expect(told.token).toMatchObject({ encrypted: true });
    const key = readEncryptionKey({ ...publicKey.export({ format: 'jwk' }) });
    const real = await app.nest.get(TokenIssuer).issueForResource(
      {
        subject: user.id,
        clientId: 'signet',
        sessionId: String(claims['sid']),
        authentication: { time: app.clock.now(), amr: ['pwd'] },
        audience: resource,
        roles: [],
        scope: ['read'],
        tokenVersion: Number(claims['ver']),
        statusIndex: 7,
        asOf: app.clock.now(),
      },
      key,
    );
    expectAtMost(told, real.token);
  });

  it('of a service says what it would get with a credential, and nothing without one', async () => {
    const account = await makeAccount(['viewer']);
    const ask = () => preview(account.id, {}, 'service');
    expect(await ask()).toMatchObject({ issued: false, reason: { code: 'no_credential' } });
    await makeCredential(account.id);
    const { token } = await ask();
    expect(token?.claims).toMatchObject({
      sub: account.id,
      client_id: account.id,
      roles: ['viewer'],
      scope: 'resources:read',
    });
    for (const name of ['auth_time', 'amr', 'acr']) expect(token?.claims).not.toHaveProperty(name);
    const narrowed = await preview(account.id, { scope: 'users:read resources:read' }, 'service');
    expect(narrowed.token?.claims).toMatchObject({ scope: 'resources:read' });
    expect(await preview(account.id, { scope: 'users:read' }, 'service')).toMatchObject({
      issued: false,
      reason: { code: 'nothing_of_scope' },
    });
    const resource = `${IDENTIFIER}/services`;
    const id = await register({ identifier: resource });
    await grant(id, { type: 'service', id: account.id }, ['deploy']);
    const there = await preview(account.id, { resource }, 'service');
    expect(there.token?.claims).toMatchObject({ aud: resource, scope: 'deploy', roles: [] });
  });

  it.each<[string, () => Promise<object>, string]>([
    [
      'is nobody',
      () => Promise.resolve({ principal: { type: 'user', id: randomUUID() } }),
      'unknown_principal',
    ],
    [
      'is of another kind',
      () => Promise.resolve({ principal: { type: 'service', id: admin.id } }),
      'unknown_principal',
    ],
    [
      'is disabled',
      async () => {
        const { id } = await app.createUser();
        await app.api('POST', `/v1/users/${id}/disable`, { token: admin.token });
        return { principal: { type: 'user', id } };
      },
      'principal_disabled',
    ],
    [
      'names no resource',
      () =>
        Promise.resolve({
          principal: { type: 'user', id: admin.id },
          resource: 'https://nowhere.example',
        }),
      'unknown_resource',
    ],
    [
      'was granted nothing',
      () => Promise.resolve({ principal: { type: 'user', id: support.id }, resource: IDENTIFIER }),
      'nothing_granted',
    ],
    [
      'was granted nothing of that',
      () =>
        Promise.resolve({
          principal: { type: 'user', id: owner.id },
          resource: IDENTIFIER,
          scope: 'destroy',
        }),
      'nothing_of_scope',
    ],
  ])('says why there is none: whoever %s', async (_, body, code) => {
    const answer = await send(await body());
    expect(answer.body).toEqual({
      issued: false,
      reason: { code, text: expect.any(String) },
      token: null,
      limit: 2048,
    });
  });

  it('shows a token that is too large, and what makes it so', async () => {
    const user = await app.createUser();
    await setClaims(user.id, { text: 'x'.repeat(600) });
    const long = `${IDENTIFIER}/${'long'.repeat(50)}`;
    const actions = Array.from({ length: 50 }, (_, i) => `action-number-${i}`);
    const id = await register({ identifier: long, actions });
    await grant(id, { type: 'user', id: user.id }, actions);
    const told = await preview(user.id, { resource: long });
    expect(told).toMatchObject({
      issued: false,
      reason: { code: 'too_large' },
      token: { largest: [{ name: 'scope' }, { name: 'user_claims', bytes: 611 }, { name: 'aud' }] },
    });
    expect(told.token?.size).toBeGreaterThan(told.limit);
    const narrowed = await preview(user.id, { resource: long, scope: 'action-number-0' });
    expect(narrowed.issued).toBe(true);
  });

  it('is for whoever may explain tokens, and of what can be asked for', async () => {
    const principal = { type: 'user', id: owner.id };
    expect((await send({ principal }, owner)).status).toBe(403);
    expect((await send({ principal }, support)).status).toBe(200);
    for (const body of [
      { principal, scope: 'users:read' },
      { principal: { type: 'role', id: owner.id } },
      { principal: { type: 'user', id: 'x' } },
      { principal, resource: '' },
      {},
    ]) {
      const answer = await app.api('POST', '/v1/tokens/preview', {
        token: admin.token,
        body,
        conform: false,
      });
      expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    }
  });
});
