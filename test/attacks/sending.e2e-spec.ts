import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import {
  ADMINISTRATION,
  BAD,
  ME,
  MISSING,
  admin,
  app,
  expectRefusal,
  forge,
  now,
  statusOf,
  useArena,
} from './arena.js';
import { Forge } from './forge.js';

useArena();

describe('BER-01 the way in which a token is sent', () => {
  /** Sends header lines as they are: `fetch` would join two of one name. */
  function raw(...lines: readonly string[]): Promise<{ status: number; body: unknown }> {
    return new Promise((resolve, reject) => {
      const { port, host } = new URL(app().url);
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
      expect((await raw('Authorization', `${scheme} ${admin().token}`)).status).toBe(200);
    }
  });

  it('is never the query, a form, a body or a cookie of another name', async () => {
    const { token } = admin();
    const attempts = [
      await app().api('GET', `${ME}?access_token=${token}`),
      await app().api('GET', `${ME}?token=${token}&authorization=Bearer%20${token}`),
      await app().api('GET', ME, {
        headers: {
          cookie: `access_token=${token}; signet_at=${token}; authorization=Bearer ${token}`,
        },
      }),
      await app().api('GET', ME, {
        headers: {
          'x-access-token': token,
          'x-authorization': `Bearer ${token}`,
          'proxy-authorization': `Bearer ${token}`,
        },
      }),
      await app().api('POST', '/v1/auth/logout', { body: { access_token: token }, conform: false }),
    ];
    for (const { status, headers, body } of attempts) {
      expect(status).toBe(401);
      expect(body).toMatchObject({ code: 'authentication_required' });
      expect(headers.get('www-authenticate')).toBe(MISSING); // RFC 6750 3.1: no error code when no token was sent
    }
    const form = await app().api('POST', '/v1/auth/logout', {
      rawBody: `access_token=${token}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      conform: false,
    });
    expect([401, 415]).toContain(form.status);
    expect(await statusOf(token)).toBe(200); // and nobody was signed out by any of it
  });

  it('is not another scheme', async () => {
    for (const authorization of [
      `Basic ${admin().token}`,
      `DPoP ${admin().token}`,
      `Token ${admin().token}`,
      admin().token,
      `Basic x, Bearer ${admin().token}`,
    ]) {
      const answer = await raw('Authorization', authorization);
      expect(answer).toMatchObject({ status: 401, body: { code: 'authentication_required' } });
    }
  });

  it('leaves no room for anything after the token', async () => {
    for (const value of [
      `${admin().token} junk`,
      `${admin().token},`,
      `${admin().token}, Bearer x`,
      `"${admin().token}"`,
      `token=${admin().token}`,
      `${admin().token};a=b`,
    ]) {
      expect(await raw('Authorization', `Bearer ${value}`)).toMatchObject({
        status: 401,
        body: { code: 'invalid_token' },
      });
    }
  });

  it('BER-04 is one header: of two, nobody can say which one counts', async () => {
    const [good, bad] = [`Bearer ${admin().token}`, 'Bearer x.y.z'];
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

describe('BER-02 what an answer tells', () => {
  it('BER-03 tells a missing token from a bad one, and a bad one from one that does not suffice', async () => {
    const plain = await app().createUser();
    const answers = {
      missing: await app().api('GET', ADMINISTRATION),
      bad: await app().api('GET', ADMINISTRATION, { token: 'x.y.z' }),
      short: await app().api('GET', ADMINISTRATION, { token: plain.token }),
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

  it('BER-05 is never stored on the way when it carries a token or refuses one', async () => {
    const { username, password, refreshToken } = await app().createUser();
    const answers = [
      await app().api('POST', '/v1/auth/login', { body: { identifier: username, password } }),
      await app().api('POST', '/v1/auth/refresh', { body: { refresh_token: refreshToken } }),
      await app().api('GET', ME, { token: 'x.y.z' }),
      await app().api('GET', ME),
    ];
    for (const { headers } of answers) expect(headers.get('cache-control')).toBe('no-store');
  });

  it('BER-08 is the same for a user who is gone, a signature that is wrong and a token that has expired', async () => {
    const user = await app().createUser();
    const theirs = new Forge(app(), user.token);
    expect(
      (await app().api('DELETE', `/v1/users/${user.id}`, { token: admin().token })).status,
    ).toBe(204);
    await expectRefusal(user.token);
    await expectRefusal(theirs.withSignature(randomBytes(64).toString('base64url')));
    await expectRefusal(theirs.signed({ exp: now() - 60, iat: now() - 600, nbf: now() - 600 }));
    // Nor does the name come back with its old tokens.
    const { email, username } = user;
    expect((await app().createUser({ email, username })).id).not.toBe(user.id);
    await expectRefusal(user.token);
  });

  it('and what is logged never hold a token, good or bad', () => {
    const logs = app().logs.join('');
    for (const token of [admin().token, forge().signed({}), admin().refreshToken]) {
      expect(logs).not.toContain(token);
      expect(logs).not.toContain(token.split('.').at(-1));
    }
    expect(logs).not.toContain(forge().header['kid']);
  });

  it('never was a server error', () => {
    const failures = app().logs.filter(
      (line) => (JSON.parse(line) as { level: number }).level >= 50,
    );
    expect(failures).toEqual([]);
  });
});
