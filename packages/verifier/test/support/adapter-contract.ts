import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { RevocationUnavailable } from '../../src/errors.js';
import type { Verifier } from '../../src/verifier.js';
import { rawRequest } from './raw-request.js';
import { NOW, claimsOf } from './tokens.js';
import { World } from './world.js';

/** An application of a framework, whose routes are those of `describeAdapter`. */
export interface Application {
  /** Without a slash at the end. */
  readonly url: string;
  close(): Promise<unknown>;
}

export type StartApplication = (
  verifier: Verifier,
  onRefused: (error: Error) => void,
) => Promise<Application>;

/** What every adapter promises. Each route answers with `{ sub }` of the token, or null. */
export function describeAdapter(name: string, start: StartApplication): void {
  describe(`an application of ${name}`, () => {
    let world: World;
    let app: Application;
    let revoked: boolean | Error;
    let told: unknown[];
    beforeAll(async () => {
      world = await World.start({
        revocation: {
          isRevoked: () => {
            if (revoked instanceof Error) throw revoked;
            return revoked;
          },
        },
      });
      app = await start(world.verifier, (error) => told.push(error));
    });
    beforeEach(() => {
      revoked = false;
      told = [];
      world.clock.millis = NOW * 1000;
    });
    afterAll(async () => {
      await app.close();
      await world.issuer.stop();
    });

    const get = (path: string, token?: string) =>
      rawRequest(
        `${app.url}${path}`,
        token === undefined ? [] : [['Authorization', `Bearer ${token}`]],
      );
    const sub = claimsOf('').sub;

    it('lets in who has a good token', async () => {
      expect(await get('/any', world.token())).toMatchObject({ status: 200, body: { sub } });
    });

    it('asks for a token, and says nothing of an error when none was sent', async () => {
      expect(await get('/any')).toMatchObject({
        status: 401,
        headers: {
          'www-authenticate': 'Bearer realm="signet"',
          'content-type': expect.stringMatching(/^application\/problem\+json/),
          'cache-control': 'no-store',
        },
        body: {
          type: 'urn:signet:problem:authentication_required',
          title: 'This needs an access token',
          status: 401,
          code: 'authentication_required',
        },
      });
    });

    it('refuses every bad token in the same words', async () => {
      const bad = [
        'x',
        world.token({ aud: 'x' }),
        world.token({ exp: NOW - 60, iat: NOW - 600, nbf: NOW - 600 }),
        world.token({}, { alg: 'none' }),
        world.token({}, { kid: 'other' }),
      ];
      const answers = [];
      for (const token of bad) answers.push(await get('/any', token));
      revoked = true;
      answers.push(await get('/any', world.token()));
      for (const { status, headers, body } of answers) {
        expect({ status, body }).toEqual({
          status: 401,
          body: {
            type: 'urn:signet:problem:invalid_token',
            title: 'The access token is not valid',
            status: 401,
            code: 'invalid_token',
          },
        });
        expect(headers['www-authenticate']).toBe('Bearer realm="signet", error="invalid_token"');
      }
      expect(told.map((error) => (error as { code?: string }).code)).toEqual([
        'malformed',
        'wrong_audience',
        'expired',
        'algorithm_not_allowed',
        'unknown_key',
        'revoked',
      ]);
    });

    it('asks for all of the scopes, and says which', async () => {
      expect(await get('/scoped', world.token({ scope: 'read deploy' }))).toMatchObject({
        status: 200,
      });
      for (const scope of ['', 'read', 'deploy', 'read deploy:all']) {
        expect(await get('/scoped', world.token({ scope }))).toMatchObject({
          status: 403,
          headers: {
            'www-authenticate':
              'Bearer realm="signet", error="insufficient_scope", scope="read deploy"',
            'content-type': expect.stringMatching(/^application\/problem\+json/),
          },
          body: { code: 'insufficient_scope', status: 403 },
        });
      }
      expect(told).toHaveLength(4);
      expect(await get('/scoped')).toMatchObject({ status: 401 });
    });

    it('asks for one of the roles', async () => {
      expect(await get('/by-role', world.token())).toMatchObject({ status: 200, body: { sub } });
      expect(await get('/by-role', world.token({ roles: ['viewer'] }))).toMatchObject({
        status: 403,
        headers: { 'www-authenticate': 'Bearer realm="signet", error="insufficient_scope"' },
      });
    });

    it('lets anyone in where that is said, whatever they send', async () => {
      for (const token of [undefined, 'x', world.token()]) {
        expect(await get('/public', token)).toMatchObject({ status: 200, body: { sub: null } });
      }
    });

    it('lets in without a token where it is optional, but never with a bad one', async () => {
      expect(await get('/optional')).toMatchObject({ status: 200, body: { sub: null } });
      expect(await get('/optional', world.token())).toMatchObject({ status: 200, body: { sub } });
      expect(await get('/optional', world.token({ aud: 'x' }))).toMatchObject({ status: 401 });
      expect(await get('/optional', 'x y')).toMatchObject({ status: 401 });
    });

    it('takes a token from the Authorization header alone', async () => {
      const token = world.token();
      const elsewhere = [
        ['Cookie', `access_token=${token}; auth=${token}`],
        ['X-Access-Token', token],
        ['Proxy-Authorization', `Bearer ${token}`],
        ['Authorization', `Token ${token}`],
        ['Authorization', token],
      ] as const;
      for (const header of elsewhere) {
        expect(await rawRequest(`${app.url}/any?access_token=${token}`, [header])).toMatchObject({
          status: 401,
        });
      }
      expect(await get('/any', `${token} junk`)).toMatchObject({ status: 401 });
    });

    it('refuses two Authorization headers', async () => {
      const good = ['Authorization', `Bearer ${world.token()}`] as const;
      for (const other of [good, ['AUTHORIZATION', 'Basic YTpi'], ['authorization', '']] as const) {
        for (const headers of [
          [good, other],
          [other, good],
        ]) {
          expect(await rawRequest(`${app.url}/any`, headers)).toMatchObject({
            status: 400,
            headers: { 'content-type': expect.stringMatching(/^application\/problem\+json/) },
            body: { code: 'ambiguous_credentials' },
          });
        }
      }
    });

    it('refuses a token in two places, and takes the other place for what it is', async () => {
      const other = ['X-Token', world.token()] as const;
      expect(await rawRequest(`${app.url}/elsewhere`, [other])).toMatchObject({
        status: 200,
        body: { sub },
      });
      const both = [other, ['Authorization', `Bearer ${world.token()}`] as const];
      expect(await rawRequest(`${app.url}/elsewhere`, both)).toMatchObject({ status: 400 });
    });

    it('says 503 when it cannot know, so that nobody signs out', async () => {
      revoked = new RevocationUnavailable('no answer');
      expect(await get('/any', world.token())).toMatchObject({
        status: 503,
        headers: {
          'retry-after': '1',
          'content-type': expect.stringMatching(/^application\/problem\+json/),
        },
        body: { code: 'verification_unavailable' },
      });
      expect(told).toEqual([revoked]);
    });

    it('answers to HEAD as to GET', async () => {
      const head = (headers: [string, string][]) => rawRequest(`${app.url}/any`, headers, 'HEAD');
      expect(await head([])).toMatchObject({ status: 401 });
      expect(await head([['Authorization', `Bearer ${world.token()}`]])).toMatchObject({
        status: 200,
      });
    });
  });
}
