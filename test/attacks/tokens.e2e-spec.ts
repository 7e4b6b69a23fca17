import { generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import { createServer, request } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp } from '../support/app.js';
import type { TestApp, TestUser } from '../support/app.js';
import { Forge, claimsOf, compact, ecdsa, encode, hmac, reencodings } from './forge.js';

const ME = '/v1/auth/me';
/** A route that only administrators may call. */
const ADMINISTRATION = '/v1/audit';
const SLOW_MS = 1000;

const BAD = 'Bearer realm="signet", error="invalid_token"';
const MISSING = 'Bearer realm="signet"';

let app: TestApp;
let admin: TestUser;
let forge: Forge;
/** Somewhere that a token may point to, and how often anybody came. */
let listener: Server;
let visits = 0;
let address: string;

beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
  forge = new Forge(app, admin.token);
  listener = createServer((_, response) => response.end('{"keys":[]}'));
  listener.on('connection', () => visits++);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`; // it listens on TCP
});
afterAll(async () => {
  await new Promise((resolve) => listener.close(resolve));
  await app.close();
});

const now = () => Math.floor(app.clock.now() / 1000);

/** Sends a token to two protected routes; both must refuse it as they refuse any other bad one. */
async function expectRefusal(token: string): Promise<void> {
  for (const path of [ME, ADMINISTRATION]) {
    const began = performance.now();
    const { status, headers, body } = await app.api('GET', path, { token });
    expect(performance.now() - began).toBeLessThan(SLOW_MS);
    expect({
      status,
      challenge: headers.get('www-authenticate'),
      type: headers.get('content-type'),
    }).toEqual({
      status: 401,
      challenge: BAD,
      type: expect.stringMatching(/^application\/problem\+json/),
    });
    // All alike, whatever is wrong: nothing here tells one reason from another.
    expect(body).toEqual({
      type: 'urn:signet:problem:invalid_token',
      title: 'The access token is not valid',
      status: 401,
      code: 'invalid_token',
      requestId: headers.get('x-request-id'),
    });
  }
}

const statusOf = async (token: string, path = ME) => (await app.api('GET', path, { token })).status;

describe('the token that all of these are made of', () => {
  it('is good, so that each is refused for what is wrong with it alone', async () => {
    expect(await statusOf(forge.good)).toBe(200);
    expect(await statusOf(forge.signed({}))).toBe(200);
    expect(await statusOf(forge.signed({}), ADMINISTRATION)).toBe(200);
  });

  it('is a glass box with nothing in it that its holder should not show', () => {
    expect(Object.keys(forge.claims).sort()).toEqual([
      'acr',
      'amr',
      'aud',
      'auth_time',
      'client_id',
      'exp',
      'iat',
      'iss',
      'jti',
      'nbf',
      'roles',
      'scope',
      'sid',
      'sub',
      'ver',
    ]);
    const text = JSON.stringify(forge.claims);
    for (const secret of [admin.email, admin.username, admin.password, 'argon2'])
      expect(text).not.toContain(secret);
  });
});

describe("an algorithm of the attacker's choice", () => {
  it.each(['none', 'None', 'NONE', 'nOnE', 'none ', ''])(
    '%j is refused, with any signature and without',
    async (alg) => {
      const [header = '', payload = ''] = forge.headed({ alg }).split('.');
      for (const signature of ['', 'AA', forge.good.split('.')[2] ?? '']) {
        await expectRefusal(`${header}.${payload}.${signature}`);
      }
    },
  );

  it('HMAC with the public key as its secret is refused, in every form of the key', async () => {
    const { publicKey } = forge.key;
    const jwk = publicKey.export({ format: 'jwk' });
    const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
    const secrets = [
      pem,
      pem.trim(),
      pem.replaceAll('\n', '\r\n'),
      publicKey.export({ format: 'der', type: 'spki' }),
      JSON.stringify(jwk),
      JSON.stringify({ ...jwk, kid: forge.key.kid, alg: 'ES256', use: 'sig' }),
      Buffer.from(jwk.x ?? '', 'base64url'),
      '',
    ];
    for (const secret of secrets) {
      for (const alg of ['HS256', 'HS384', 'HS512', 'ES256']) {
        await expectRefusal(forge.signedBy(hmac(secret), { alg }));
      }
    }
  });

  it.each(['RS256', 'PS256', 'ES384', 'ES512', 'ES256K', 'EdDSA', 'es256'])(
    '%s is refused under the key of ES256, though that key has signed',
    async (alg) => {
      await expectRefusal(forge.headed({ alg }));
    },
  );

  it('signatures of another kind of key are refused under the id of ours', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    await expectRefusal(
      forge.signedBy((input) => sign('sha256', Buffer.from(input), rsa), { alg: 'RS256' }),
    );
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
    await expectRefusal(forge.signedBy(ecdsa(p384)));
  });
});

describe('a signature', () => {
  it('of zeros, of n, in DER, cut, stretched or of another key is refused', async () => {
    const bytes = Buffer.from(forge.good.split('.')[2] ?? '', 'base64url');
    const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
    const der = sign(
      'sha256',
      Buffer.from(forge.good.slice(0, forge.good.lastIndexOf('.'))),
      forge.key.privateKey,
    );
    const signatures = [
      Buffer.alloc(64), // CVE-2022-21449
      Buffer.from(order + order, 'hex'),
      Buffer.concat([bytes.subarray(0, 32), Buffer.alloc(32)]),
      Buffer.concat([Buffer.alloc(32), bytes.subarray(32)]),
      bytes.subarray(0, 63),
      bytes.subarray(0, 1),
      Buffer.concat([bytes, Buffer.of(0)]),
      Buffer.concat([bytes, bytes]),
      der,
      randomBytes(64),
    ];
    for (const signature of signatures)
      await expectRefusal(forge.withSignature(signature.toString('base64url')));
    await expectRefusal(forge.withSignature(''));
    await expectRefusal(forge.signedBy(ecdsa(forge.foreign.privateKey)));
  });

  it('does not cover a payload that was exchanged', async () => {
    const [header = '', , signature = ''] = forge.good.split('.');
    for (const claims of [{ roles: ['admin', 'root'] }, { exp: now() + 3600 }, { sub: 'x' }]) {
      await expectRefusal(`${header}.${encode({ ...forge.claims, ...claims })}.${signature}`);
    }
  });
});

describe('a header that brings something along', () => {
  it('is refused: keys, addresses, certificates', async () => {
    const jwk = forge.foreign.publicKey.export({ format: 'jwk' });
    const members = [
      { jwk },
      { jwk, kid: undefined },
      { jku: `${address}/jwks.json` },
      { x5u: `${address}/cert.pem` },
      { x5c: ['MIIB'] },
      { kid: `${address}/jwks.json` },
      { iss: address },
    ];
    for (const member of members) {
      await expectRefusal(forge.signedBy(ecdsa(forge.foreign.privateKey), member));
      await expectRefusal(forge.headed(member));
    }
    await expectRefusal(forge.signed({ iss: address, jku: address }));
    expect(visits).toBe(0);
  });

  it('is refused: extensions that jsonwebtoken would ignore', async () => {
    const members = [
      { crit: [] },
      { crit: ['exp'] },
      { crit: ['b64'], b64: false },
      { crit: ['urn:example'], 'urn:example': true },
      { b64: true },
      { b64: false },
      { zip: 'DEF' },
      { cty: 'JWT' },
      { x5t: 'abc' },
      { unknown: 1 },
    ];
    for (const member of members) await expectRefusal(forge.headed(member));
  });

  it('is refused: a kid that is no id of ours', async () => {
    const { kid } = forge.key;
    const kids: unknown[] = [
      undefined,
      null,
      1,
      true,
      [kid],
      { kid },
      '',
      ` ${kid}`,
      kid.toLowerCase(),
      `${kid}\0`,
      '__proto__',
      'constructor',
      '../../../../dev/null',
      '/proc/self/environ',
      "' UNION SELECT 'secret' -- ",
      '| sleep 5',
      'k'.repeat(3000),
    ];
    for (const hostile of kids) await expectRefusal(forge.headed({ kid: hostile }));
    await expectRefusal(
      compact(
        `{"alg":"ES256","typ":"at+jwt","__proto__":{"kid":"${kid}"}}`,
        forge.claims,
        ecdsa(forge.key.privateKey),
      ),
    );
  });

  it('is refused: a type that is not that of an access token', async () => {
    for (const typ of [
      undefined,
      'JWT',
      'at+JWT',
      'application/at+jwt',
      'rt+jwt',
      'id+jwt',
      'logout+jwt',
      1,
      ['at+jwt'],
    ]) {
      await expectRefusal(forge.headed({ typ }));
    }
  });
});

describe('a text that is no compact JWS', () => {
  it('is refused: padding, parts too few and too many, other serializations', async () => {
    const [header = '', payload = '', signature = ''] = forge.good.split('.');
    const texts = [
      `${forge.good}=`,
      `${header}=.${payload}.${signature}`,
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `.${payload}.${signature}`,
      `${header}..${signature}`,
      '..',
      'x',
      `${forge.good}.`,
      `${forge.good}.${signature}`,
      `${forge.good}.${forge.good}`,
      JSON.stringify({ protected: header, payload, signature }),
      JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
      `${forge.good.replaceAll('-', '+').replaceAll('_', '/')}/`,
      encode(forge.good),
    ];
    for (const text of texts) await expectRefusal(text);
  });

  it('is refused: encrypted tokens, without the work that they ask for', async () => {
    const headers = [
      { alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2c: 2_147_483_647, p2s: 'AAAA' },
      { alg: 'dir', enc: 'A256GCM', zip: 'DEF' },
      { alg: 'ECDH-ES', enc: 'A128GCM', epk: forge.foreign.publicKey.export({ format: 'jwk' }) },
    ];
    for (const header of headers) {
      await expectRefusal(`${encode({ ...header, kid: forge.key.kid })}.AAAA.AAAA.AAAA.AAAA`);
      await expectRefusal(forge.headed(header));
    }
  });

  it('is refused: a token in a token, and payloads that are no object', async () => {
    for (const payload of [forge.good, 'text', 'null', '[]', '"text"', '1', '{', ' ']) {
      await expectRefusal(forge.payload(payload));
    }
    await expectRefusal(forge.payload(`{"__proto__":${JSON.stringify(forge.claims)}}`));
    await expectRefusal(
      compact({ ...forge.header, cty: 'JWT' }, forge.good, ecdsa(forge.key.privateKey)),
    );
  });

  it('is refused when it is large, never with a server error', async () => {
    for (const size of [8_000, 12_000]) {
      await expectRefusal(forge.signed({ padding: 'x'.repeat(size * 0.75) }));
      await expectRefusal('x'.repeat(size));
      await expectRefusal('.'.repeat(size));
    }
    for (const size of [16_384, 65_536, 1_000_000]) {
      const began = performance.now();
      const { status } = await app.api('GET', ME, { token: 'x'.repeat(size), conform: false });
      expect([400, 401, 413, 431]).toContain(status);
      expect(performance.now() - began).toBeLessThan(SLOW_MS);
    }
  });
});

describe('claims that are signed, and wrong', () => {
  it('are refused when one is missing or of the wrong type', async () => {
    const wrong: Readonly<Record<string, readonly unknown[]>> = {
      iss: [undefined, null, 1, [forge.claims['iss']], {}],
      sub: [undefined, null, 1, '', ['a'], {}, true, 'x'.repeat(65)],
      aud: [undefined, null, 1, '', [], [forge.claims['aud']], {}],
      exp: [undefined, null, `${now() + 60}`, [now() + 60], {}, true, now() + 60.5, -1],
      nbf: [null, `${now()}`, true],
      iat: [undefined, null, `${now()}`, [], false],
      jti: [undefined, null, 1, '', ['a'], {}, 'x'.repeat(65)],
      client_id: [undefined, null, 1, ''],
      sid: [undefined, null, 1, '', {}],
      auth_time: [undefined, null, '1', -1],
      amr: [undefined, null, 'pwd', [1], {}],
      roles: [
        undefined,
        null,
        'admin',
        'admin,editor',
        [['admin']],
        [1],
        [null],
        { admin: true },
        { 0: 'admin', length: 1 },
        true,
      ],
      scope: [undefined, null, ['audit:read'], { 'audit:read': true }, 1],
      ver: [undefined, null, '1', -1, 1.5],
    };
    for (const [name, values] of Object.entries(wrong)) {
      for (const value of values) await expectRefusal(forge.signed({ [name]: value }));
    }
  });

  it('are refused outside of their time, and when they would live too long', async () => {
    const { accessTokenMaxTtl, clockLeeway } = app.settings;
    const [cap, leeway] = [accessTokenMaxTtl / 1000, clockLeeway / 1000];
    const times: (() => object)[] = [
      () => ({ exp: now() - leeway - 1, iat: now() - 600, nbf: now() - 600 }),
      () => ({ exp: now() - 120, iat: now() - 600, nbf: now() - 600 }),
      () => ({ nbf: now() + 3600, exp: now() + 3600 }),
      () => ({ iat: now() + 3600, exp: now() + 3660 }),
      () => ({ iat: now(), exp: now() + cap + 1 }),
      () => ({ iat: now(), exp: now() }),
      () => ({ iat: now(), exp: now() - 1 }),
      () => ({ exp: (now() + 60) * 1000 }),
      () => ({ exp: (now() + 60) * 1000, iat: now() * 1000, nbf: now() * 1000 }),
      () => ({ iat: 0, nbf: 0 }),
      () => ({ exp: Number.MAX_SAFE_INTEGER }),
    ];
    for (const time of times) await expectRefusal(forge.signed({ ...time() }));
    for (const exp of ['1e300', '1E400', '9007199254740993', '-0.5', '1e-300']) {
      await expectRefusal(
        forge.payload(
          JSON.stringify({ ...forge.claims, exp: 0 }).replace('"exp":0', `"exp":${exp}`),
        ),
      );
    }
    // And not refused at the edge of what is allowed.
    expect(await statusOf(forge.signed({ iat: now(), exp: now() + cap }))).toBe(200);
  });

  it('are refused with an issuer or an audience that is only like ours', async () => {
    const ours = app.settings.issuer;
    const likes = [
      `${ours}/`,
      `${ours}.evil.example`,
      `${ours}:80`,
      `${ours}?`,
      `${ours}#a`,
      ours.toUpperCase(),
      ours.replace('http', 'https'),
      ` ${ours}`,
      `${ours}\0`,
      ours.slice(0, -1),
      `x ${ours} y`,
      '',
    ];
    for (const like of likes) {
      await expectRefusal(forge.signed({ iss: like }));
      await expectRefusal(forge.signed({ aud: like }));
    }
    for (const aud of [[ours, 'https://evil.example'], [[ours]], { [ours]: true }])
      await expectRefusal(forge.signed({ aud }));
  });

  it('count once: of two members of one name the last, for every check', async () => {
    const twice = (first: object, last: object) =>
      forge.payload(
        `${JSON.stringify({ ...forge.claims, ...first }).slice(0, -1)},${JSON.stringify(last).slice(1)}`,
      );
    await expectRefusal(twice({}, { exp: now() - 60, iat: now() - 600 }));
    await expectRefusal(twice({}, { iss: 'https://evil.example' }));
    await expectRefusal(twice({}, { roles: 'admin' }));
    expect(
      await statusOf(
        twice(
          { exp: now() - 60, roles: ['admin'] },
          { exp: forge.claims['exp'], roles: [], scope: '' },
        ),
        ADMINISTRATION,
      ),
    ).toBe(403);
  });

  it('give no more than they say, whatever the roles are called', async () => {
    const claims = [
      { scope: '' },
      { scope: 'audit:reads' },
      { scope: 'audit:read,users:read' },
      { scope: 'AUDIT:READ' },
      { scope: '*' },
      { scope: 'audit:*' },
      { scope: '__proto__ constructor' },
    ];
    for (const claim of claims)
      expect(await statusOf(forge.signed({ ...claim, roles: ['admin'] }), ADMINISTRATION)).toBe(
        403,
      );
  });
});

describe('another kind of token', () => {
  it('is no access token: a refresh token', async () => {
    await expectRefusal(admin.refreshToken);
  });

  it('is no refresh token: an access token', async () => {
    const { status } = await app.api('POST', '/v1/auth/refresh', {
      body: { refresh_token: admin.token },
    });
    expect([400, 401]).toContain(status);
  });

  it('of another installation is refused, even of one that has the same name', async () => {
    const other = await startTestApp();
    try {
      const stranger = await other.admin();
      expect(claimsOf(stranger.token)['iss']).toBe(forge.claims['iss']);
      expect((await other.api('GET', ME, { token: stranger.token })).status).toBe(200);
      await expectRefusal(stranger.token);
      // Nor does its key become one of ours when it takes our key's id.
      const theirs = new Forge(other, stranger.token);
      await expectRefusal(theirs.signedBy(ecdsa(theirs.key.privateKey), { kid: forge.key.kid }));
    } finally {
      await other.close();
    }
  });
});

describe('a revoked token', () => {
  it('is refused in every encoding of the same content', async () => {
    const user = await app.createUser();
    const spellings = reencodings(user.token);
    expect(new Set(spellings).size).toBe(32);
    // Each of them is good as long as it is not revoked, and verified before that.
    for (const spelling of spellings) expect(await statusOf(spelling)).toBe(200);
    const body = { kind: 'token', subject: claimsOf(user.token)['jti'] };
    expect((await app.api('POST', '/v1/revocations', { token: admin.token, body })).status).toBe(
      201,
    );
    for (const spelling of spellings) await expectRefusal(spelling);
  });

  it('is refused with its claims signed anew', async () => {
    const user = await app.createUser();
    const theirs = new Forge(app, user.token);
    expect((await app.api('POST', '/v1/auth/logout', { token: user.token })).status).toBe(204);
    await expectRefusal(user.token);
    await expectRefusal(theirs.signed({ jti: 'another', exp: now() + 900 }));
    expect(await statusOf(theirs.signed({ sid: randomUUID() }))).toBe(200); // it is the session that is over
  });
});

describe('a flood of unknown key ids', () => {
  it('asks the database nothing', async () => {
    const asked: string[] = [];
    const { dataSource } = app.database;
    const subscriber = {
      beforeQuery: ({ query }: { query: string }) => {
        if (!/revocation_head|revoked_tokens/.test(query)) asked.push(query); // the feed polls by itself
      },
    };
    dataSource.subscribers.push(subscriber);
    try {
      expect(await statusOf(admin.token)).toBe(200);
      expect(asked).not.toEqual([]); // the subscriber sees what is asked
      asked.length = 0;
      const flood = Array.from({ length: 300 }, () =>
        forge.headed({ kid: randomBytes(32).toString('base64url') }),
      );
      const statuses = await Promise.all(flood.map((token) => statusOf(token)));
      expect(new Set(statuses)).toEqual(new Set([401]));
      expect(asked).toEqual([]);
    } finally {
      dataSource.subscribers.splice(dataSource.subscribers.indexOf(subscriber), 1);
    }
  });
});

describe('the way in which a token is sent', () => {
  /** Sends header lines as they are: `fetch` would join two of one name. */
  function raw(...lines: readonly string[]): Promise<{ status: number; body: unknown }> {
    return new Promise((resolve, reject) => {
      const { port, host } = new URL(app.url);
      const outgoing = request(
        { host: '127.0.0.1', port, path: ME, headers: ['Host', host, ...lines] },
        (answer) => {
          let text = '';
          answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) as unknown }),
          );
        },
      );
      outgoing.on('error', reject).end();
    });
  }

  it('is the Authorization header; the scheme may be in any case', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      expect((await raw('Authorization', `${scheme} ${admin.token}`)).status).toBe(200);
    }
  });

  it('is never the query, a form, a body or a cookie of another name', async () => {
    const { token } = admin;
    const attempts = [
      await app.api('GET', `${ME}?access_token=${token}`),
      await app.api('GET', `${ME}?token=${token}&authorization=Bearer%20${token}`),
      await app.api('GET', ME, {
        headers: {
          cookie: `access_token=${token}; signet_at=${token}; authorization=Bearer ${token}`,
        },
      }),
      await app.api('GET', ME, {
        headers: {
          'x-access-token': token,
          'x-authorization': `Bearer ${token}`,
          'proxy-authorization': `Bearer ${token}`,
        },
      }),
      await app.api('POST', '/v1/auth/logout', { body: { access_token: token }, conform: false }),
    ];
    for (const { status, headers, body } of attempts) {
      expect(status).toBe(401);
      expect(body).toMatchObject({ code: 'authentication_required' });
      expect(headers.get('www-authenticate')).toBe(MISSING); // RFC 6750 3.1: no error code when no token was sent
    }
    const form = await app.api('POST', '/v1/auth/logout', {
      rawBody: `access_token=${token}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      conform: false,
    });
    expect([401, 415]).toContain(form.status);
    expect(await statusOf(token)).toBe(200); // and nobody was signed out by any of it
  });

  it('is not another scheme', async () => {
    for (const authorization of [
      `Basic ${admin.token}`,
      `DPoP ${admin.token}`,
      `Token ${admin.token}`,
      admin.token,
      `Basic x, Bearer ${admin.token}`,
    ]) {
      const answer = await raw('Authorization', authorization);
      expect(answer).toMatchObject({ status: 401, body: { code: 'authentication_required' } });
    }
  });

  it('leaves no room for anything after the token', async () => {
    for (const value of [
      `${admin.token} junk`,
      `${admin.token},`,
      `${admin.token}, Bearer x`,
      `"${admin.token}"`,
      `token=${admin.token}`,
      `${admin.token};a=b`,
    ]) {
      expect(await raw('Authorization', `Bearer ${value}`)).toMatchObject({
        status: 401,
        body: { code: 'invalid_token' },
      });
    }
  });

  it('is one header: of two, nobody can say which one counts', async () => {
    const [good, bad] = [`Bearer ${admin.token}`, 'Bearer x.y.z'];
    for (const [first = '', second = ''] of [
      [good, good],
      [good, bad],
      [bad, good],
      [good, 'Basic YTpi'],
    ]) {
      const answer = await raw('Authorization', first, 'authorization', second);
      expect(answer).toMatchObject({ status: 400, body: { code: 'ambiguous_credentials' } });
    }
  });
});

describe('what an answer tells', () => {
  it('tells a missing token from a bad one, and a bad one from one that does not suffice', async () => {
    const plain = await app.createUser();
    const answers = {
      missing: await app.api('GET', ADMINISTRATION),
      bad: await app.api('GET', ADMINISTRATION, { token: 'x.y.z' }),
      short: await app.api('GET', ADMINISTRATION, { token: plain.token }),
    };
    expect(answers.missing).toMatchObject({
      status: 401,
      body: { code: 'authentication_required' },
    });
    expect(answers.missing.headers.get('www-authenticate')).toBe(MISSING);
    expect(answers.bad).toMatchObject({ status: 401, body: { code: 'invalid_token' } });
    expect(answers.bad.headers.get('www-authenticate')).toBe(BAD);
    expect(answers.short).toMatchObject({ status: 403, body: { code: 'access_denied' } });
    expect(answers.short.headers.get('www-authenticate')).toBe(
      'Bearer realm="signet", error="insufficient_scope"',
    );
  });

  it('is never stored on the way when it carries a token or refuses one', async () => {
    const { username, password, refreshToken } = await app.createUser();
    const answers = [
      await app.api('POST', '/v1/auth/login', { body: { identifier: username, password } }),
      await app.api('POST', '/v1/auth/refresh', { body: { refresh_token: refreshToken } }),
      await app.api('GET', ME, { token: 'x.y.z' }),
      await app.api('GET', ME),
    ];
    for (const { headers } of answers) expect(headers.get('cache-control')).toBe('no-store');
  });

  it('is the same for a user who is gone, a signature that is wrong and a token that has expired', async () => {
    const user = await app.createUser();
    const theirs = new Forge(app, user.token);
    expect((await app.api('DELETE', `/v1/users/${user.id}`, { token: admin.token })).status).toBe(
      204,
    );
    await expectRefusal(user.token);
    await expectRefusal(theirs.withSignature(randomBytes(64).toString('base64url')));
    await expectRefusal(theirs.signed({ exp: now() - 60, iat: now() - 600, nbf: now() - 600 }));
    // Nor does the name come back with its old tokens.
    const { email, username } = user;
    expect((await app.createUser({ email, username })).id).not.toBe(user.id);
    await expectRefusal(user.token);
  });

  it('and what is logged never hold a token, good or bad', () => {
    const logs = app.logs.join('');
    for (const token of [admin.token, forge.signed({}), admin.refreshToken]) {
      expect(logs).not.toContain(token);
      expect(logs).not.toContain(token.split('.').at(-1));
    }
    expect(logs).not.toContain(forge.header['kid']);
  });

  it('never was a server error, and nobody was asked for a key', () => {
    const failures = app.logs.filter((line) => (JSON.parse(line) as { level: number }).level >= 50);
    expect(failures).toEqual([]);
    expect(visits).toBe(0);
  });
});
