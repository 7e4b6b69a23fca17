import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TestIssuer } from '../test/support/issuer.js';
import { makeKey } from '../test/support/keys.js';
import { AUDIENCE, NOW, claimsOf, compact, headerOf, signed } from '../test/support/tokens.js';
import { World } from '../test/support/world.js';
import type { AccessTokenClaims } from './claims.js';
import type { TokenRejected } from './errors.js';
import { RevocationUnavailable, VERIFICATION_STEPS } from './errors.js';
import type { PresentedToken } from './revocation.js';

let world: World;
beforeAll(async () => {
  world = await World.start();
});
beforeEach(() => {
  world.clock.millis = NOW * 1000;
});
afterAll(() => world.issuer.stop());

describe('a good token', () => {
  it('says who its bearer is and what they may do', async () => {
    const claims = claimsOf(world.issuer.url);
    expect(await world.verifier.verify(world.token())).toEqual({
      issuer: world.issuer.url,
      audience: AUDIENCE,
      sub: claims.sub,
      isService: false,
      clientId: 'signet',
      scope: new Set(['read', 'refund']),
      roles: ['editor'],
      act: undefined,
      userClaims: {},
      tokenId: claims.jti,
      sessionId: claims.sid,
      authTime: NOW - 60,
      amr: ['pwd'],
      acr: 'aal1',
      issuedAt: NOW,
      expiresAt: NOW + 600,
      claims,
    });
  });

  it('of a service says so, and has nobody who signed in', async () => {
    const own = { sub: 'service', client_id: 'service' };
    const person = { auth_time: undefined, amr: undefined, acr: undefined };
    expect(await world.verifier.verify(world.token({ ...own, ...person }))).toMatchObject({
      isService: true,
      authTime: undefined,
      amr: [],
      acr: undefined,
    });
  });

  it('says who acts for the subject, and what an administrator added', async () => {
    const act = { sub: 'service', sid: 'credential', ver: 1 };
    const token = world.token({ act, user_claims: { department: 'billing' } });
    expect(await world.verifier.verify(token)).toMatchObject({
      isService: false,
      act,
      userClaims: { department: 'billing' },
    });
  });

  it.each(['ES256', 'ES384', 'RS256', 'PS256'] as const)('may be signed with %s', async (alg) => {
    const other = await World.start({}, makeKey(alg));
    try {
      expect(await other.refusal(other.token())).toBeUndefined();
    } finally {
      await other.issuer.stop();
    }
  });

  it('has no scope when it is empty, not even an empty one', async () => {
    expect((await world.verifier.verify(world.token({ scope: '' }))).scope.size).toBe(0);
  });
});

describe('the steps', () => {
  it('stand in the order in which they are taken: a token fails at the first that it does not pass', async () => {
    const { key } = world;
    const bad = {
      size: 'x.'.repeat(5000),
      shape: 'x',
      encryption: 'e30.e30.e30.e30.e30',
      header: compact({ ...headerOf(key), typ: 'JWT', kid: 'unknown' }, {}, () => Buffer.alloc(64)),
      key: compact({ ...headerOf(key), kid: 'unknown' }, {}, () => Buffer.alloc(64)),
      signature: compact(headerOf(key), {}, () => Buffer.alloc(64)),
      claims: world.token({ jti: 1, iss: 'x', aud: 'x', exp: 9e12 }),
      issuer: world.token({ iss: 'x', aud: 'x', exp: 9e12, nbf: 9e12 }),
      audience: world.token({ aud: 'x', exp: 9e12, nbf: 9e12 }),
      lifetime: world.token({ exp: 9e12, nbf: 9e12 }),
      time: world.token({ nbf: 9e12, scope: '' }),
      access: world.token({ scope: '' }),
      revocation: world.token(),
    };
    const verifier = world.verifierWith({ revocation: { isRevoked: () => true } });
    const failed: string[] = [];
    for (const token of Object.values(bad)) {
      const error: unknown = await verifier
        .verify(token, { scopes: ['read'] })
        .catch((e: unknown) => e);
      failed.push((error as TokenRejected).step);
    }
    expect(failed).toEqual(Object.keys(bad));
    expect(Object.keys(bad)).toEqual([...VERIFICATION_STEPS]);
  });
});

describe('claims', () => {
  it('are for this audience, as one whole text', async () => {
    for (const aud of [`${AUDIENCE}/`, AUDIENCE.slice(0, -1), AUDIENCE.toUpperCase(), 'x']) {
      expect(await world.refusal(world.token({ aud }))).toBe('wrong_audience');
    }
    for (const aud of [[AUDIENCE], [], { [AUDIENCE]: 1 }, '', null, undefined]) {
      expect(await world.refusal(world.token({ aud }))).toBe('bad_claims');
    }
  });

  it('are for one of the audiences while one takes the place of another', async () => {
    const both = world.verifierWith({ audience: ['https://new.example.com', AUDIENCE] });
    expect(await world.refusal(world.token(), {}, both)).toBeUndefined();
    const old = world.verifierWith({ audience: ['https://new.example.com'] });
    expect(await world.refusal(world.token(), {}, old)).toBe('wrong_audience');
  });

  it('are of this issuer, as one whole text', async () => {
    const { url } = world.issuer;
    for (const iss of [`${url}/`, url.slice(0, -1), `${url}.evil.example`, 'x']) {
      expect(await world.refusal(world.token({ iss }))).toBe('wrong_issuer');
    }
    expect(await world.refusal(world.token({ iss: [url] }))).toBe('bad_claims');
  });

  it('bound a life that is not longer than the cap', async () => {
    const lasting = (seconds: number) => world.refusal(world.token({ exp: NOW + seconds }));
    expect(await lasting(3600)).toBeUndefined();
    for (const seconds of [3601, 0, -1]) expect(await lasting(seconds)).toBe('bad_lifetime');
    const strict = world.verifierWith({ maxLifetime: 599 });
    expect(await world.refusal(world.token(), {}, strict)).toBe('bad_lifetime');
  });

  it('bound a time, give or take the leeway', async () => {
    const token = world.token();
    const at = async (seconds: number, verifier = world.verifier) => {
      world.clock.millis = (NOW + seconds) * 1000;
      return world.refusal(token, {}, verifier);
    };
    expect(await at(-5.001)).toBe('not_yet_valid');
    expect(await at(-5)).toBeUndefined();
    expect(await at(604.999)).toBeUndefined();
    expect(await at(605)).toBe('expired');
    const exact = world.verifierWith({ leeway: 0 });
    expect(await at(-0.001, exact)).toBe('not_yet_valid');
    expect(await at(0, exact)).toBeUndefined();
    expect(await at(600, exact)).toBe('expired');
  });

  it('need no nbf, but one that lies ahead counts', async () => {
    expect(await world.refusal(world.token({ nbf: undefined }))).toBeUndefined();
    expect(await world.refusal(world.token({ nbf: NOW + 60 }))).toBe('not_yet_valid');
    expect(await world.refusal(world.token({ nbf: undefined, iat: NOW + 60 }))).toBe(
      'not_yet_valid',
    );
  });
});

describe('what is needed', () => {
  it('is all of the scopes', async () => {
    const may = (...scopes: string[]) => world.refusal(world.token(), { scopes });
    expect(await may('read')).toBeUndefined();
    expect(await may('read', 'refund')).toBeUndefined();
    for (const scopes of [['write'], ['read', 'write'], ['rea'], ['*']]) {
      expect(await may(...scopes)).toBe('insufficient_scope');
    }
  });

  it('is one of the roles', async () => {
    const may = (...roles: string[]) => world.refusal(world.token(), { roles });
    expect(await may('admin', 'editor')).toBeUndefined();
    for (const roles of [['admin'], ['Editor'], ['edit']]) {
      expect(await may(...roles)).toBe('insufficient_role');
    }
  });
});

describe('the revocation check', () => {
  it('is asked last, with the claims, the token and its key', async () => {
    const asked: unknown[] = [];
    const verifier = world.verifierWith({
      revocation: {
        isRevoked: (claims: AccessTokenClaims, presented: PresentedToken) => {
          asked.push(claims.jti, presented);
          return false;
        },
      },
    });
    const token = world.token();
    expect(await world.refusal(world.token({ aud: 'x' }), {}, verifier)).toBe('wrong_audience');
    expect(await world.refusal(token, { roles: ['x'] }, verifier)).toBe('insufficient_role');
    expect(asked).toEqual([]);
    expect(await world.refusal(token, {}, verifier)).toBeUndefined();
    expect(asked).toEqual([claimsOf('').jti, { token, kid: world.key.kid }]);
  });

  it('refuses what it calls revoked, and what it says nothing of', async () => {
    for (const answer of [true, Promise.resolve(true), undefined]) {
      // A check that forgets to answer, as plain JavaScript may.
      const revocation = { isRevoked: () => answer as boolean | Promise<boolean> };
      const verifier = world.verifierWith({ revocation });
      expect(await world.refusal(world.token(), {}, verifier)).toBe('revoked');
    }
  });

  it('that fails leaves it open whether the token is good', async () => {
    const verifier = world.verifierWith({
      revocation: { isRevoked: () => Promise.reject(new Error('no answer')) },
    });
    const failed = verifier.verify(world.token());
    await expect(failed).rejects.toBeInstanceOf(RevocationUnavailable);
    await expect(failed).rejects.toMatchObject({ cause: { message: 'no answer' } });
  });
});

describe('several issuers', () => {
  let other: TestIssuer;
  const theirs = makeKey();
  const refusal = (token: string) =>
    world.refusal(
      token,
      {},
      world.verifierWith({
        issuer: undefined,
        issuers: [
          { issuer: world.issuer.url },
          { issuer: other.url, jwksUri: `${other.url}/jwks` },
        ],
      } as object),
    );

  beforeAll(async () => {
    other = await TestIssuer.start(theirs);
  });
  afterAll(() => other.stop());

  it('are all accepted, each with its own keys', async () => {
    expect(await refusal(world.token())).toBeUndefined();
    expect(await refusal(signed(theirs, claimsOf(other.url)))).toBeUndefined();
  });

  it('cannot speak for one another', async () => {
    expect(await refusal(signed(theirs, claimsOf(world.issuer.url)))).toBe('unknown_key');
    other.keys = [{ ...theirs.jwk, kid: world.key.kid }];
    const asOurs = compact(headerOf(world.key), claimsOf(world.issuer.url), (input) =>
      Buffer.from(signed(theirs, { input }).split('.')[2] ?? '', 'base64url'),
    );
    expect(await refusal(asOurs)).toBe('bad_signature');
  });

  it('are the ones that are configured, and nobody whom a token names', async () => {
    const listener = await TestIssuer.start(theirs);
    try {
      for (const iss of [listener.url, `${listener.url}/`, '__proto__', 7, null, [other.url]]) {
        const claims = { ...claimsOf(listener.url), iss };
        expect(await refusal(signed(theirs, claims))).toBe('untrusted_issuer');
      }
      expect(listener.seen).toEqual([]);
    } finally {
      await listener.stop();
    }
  });
});

describe('what is no text', () => {
  it.each([undefined, null, 7, {}, ['a.b.c']])('is no token: %j', async (token) => {
    expect(await world.refusal(token as string)).toBe('malformed');
  });
});
