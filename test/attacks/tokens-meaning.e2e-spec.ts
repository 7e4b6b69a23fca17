import { describe, expect, it } from '@jest/globals';
import type { WeakVerifier } from '../../packages/verifier/test/support/weak-verifiers.js';
import {
  ADMINISTRATION,
  admin,
  app,
  decodingOnly,
  expectAttack,
  forge,
  now,
  signed,
  statusOf,
  useArena,
} from './arena.js';
import { signedAnd } from './weak-verifiers.js';

useArena();

describe('TOK-06 one kind of token in the place of another', () => {
  it('a refresh token opens nothing, and an access token refreshes nothing', async () => {
    const user = await app().createUser();
    // All tokens in one drawer, and whoever has one of them is somebody.
    const drawer = new Map([user.token, user.refreshToken].map((token) => [token, user.id]));
    const oneDrawer: WeakVerifier = (token) => Promise.resolve(drawer.has(token));
    await expectAttack(user.refreshToken, oneDrawer);

    const body = { refresh_token: user.token };
    const { status } = await app().api('POST', '/v1/auth/refresh', { body });
    expect([400, 401]).toContain(status);
    expect(await oneDrawer(user.token)).toBe(true);
  });
});

describe('TOK-14 a token is a glass box', () => {
  const OURS =
    'acr amr aud auth_time client_id exp iat iss jti nbf roles scope sid status sub ver'.split(' ');

  /** What stands in claims and should not be shown. */
  const leaksOf = (claims: Readonly<Record<string, unknown>>): readonly string[] => {
    const { email, username, password } = admin();
    const text = JSON.stringify(claims).toLowerCase();
    const personal = [email, username, password, '@', 'argon2', '$2b$', 'phone'];
    return [
      ...Object.keys(claims).filter((name) => !OURS.includes(name)),
      ...personal.filter((secret) => text.includes(secret.toLowerCase())),
    ];
  };

  it('with nothing in it that its holder should not show', () => {
    expect(leaksOf(forge().claims)).toEqual([]);
    expect(Object.keys(forge().claims).sort()).toEqual(OURS);
  });

  it.each<readonly [string, () => object]>([
    ['an address', () => ({ sub: admin().email })],
    ['a name', () => ({ name: admin().username })],
    ['the whole row', () => ({ ...admin(), passwordHash: '$argon2id$v=19$m=19456' })],
    ['a telephone number', () => ({ phone_number: '+49 30 0' })],
  ])('%s in it is found', (_, more) => {
    expect(leaksOf({ ...forge().claims, ...more() })).not.toEqual([]);
  });
});

describe('TOK-15 roles that are no list of texts', () => {
  /** Each finds the administrator in a shape that is none. */
  const finders: readonly ((roles: never) => boolean)[] = [
    (roles: string) => roles.includes('admin'),
    (roles: unknown) => String(roles).split(',').includes('admin'),
    (roles: object) => Object.keys(roles).includes('admin'),
    (roles: ArrayLike<string>) => Array.from(roles).includes('admin'),
  ];
  const findsAdmin = (roles: unknown) =>
    finders.some((finds) => {
      try {
        return finds(roles as never); // a claim is believed to be what it should be
      } catch {
        return false; // this one stumbles
      }
    });

  it.each<readonly [unknown]>([
    ['admin'],
    ['admin,editor'],
    [[['admin']]],
    [{ admin: true }],
    [{ 0: 'admin', length: 1 }],
  ])('%j is no administrator', async (roles) => {
    const weak = signedAnd(forge().key.publicKey, (claims) => findsAdmin(claims['roles']));
    await expectAttack(forge().signed({ roles }), weak);
  });

  it.each<readonly [unknown]>([[undefined], [null], [[1]], [[null]], [['']], [true]])(
    '%j is nobody',
    async (roles) => {
      await expectAttack(forge().signed({ roles }), signed());
    },
  );

  it.each<readonly [string, (scope: string) => boolean]>([
    ['', () => true], // the role says enough
    ['audit:reads', (scope) => scope.includes('audit:read')],
    ['audit:read,users:read', (scope) => scope.split(/[ ,]/).includes('audit:read')],
    ['AUDIT:READ', (scope) => scope.toLowerCase() === 'audit:read'],
    ['*', (scope) => scope === '*'],
    ['audit:*', (scope) => new RegExp(scope).test('audit:read')],
    ['__proto__ constructor', (scope) => scope.split(' ').every((one) => one in {})],
  ])('give no more than the scope %j says, whatever they are called', async (scope, naive) => {
    const token = forge().signed({ scope, roles: ['admin'] });
    expect(await statusOf(token, ADMINISTRATION)).toBe(403);
    const weak = signedAnd(forge().key.publicKey, (claims) => naive(String(claims['scope'])));
    expect(await weak(token)).toBe(true);
  });
});

describe('TOK-20 two claims of one name', () => {
  const twice = (first: object, last: object) =>
    forge().payload(
      `${JSON.stringify({ ...forge().claims, ...first }).slice(0, -1)},${JSON.stringify(last).slice(1)}`,
    );
  /** A parser that keeps the first one, as some in other languages do: judged by that. */
  const firstWins = (name: string, letsIn: (text: string) => boolean): WeakVerifier => {
    const first = new RegExp(`"${name}":("[^"]*"|\\[[^\\]]*\\]|[^,}]*)`);
    return async (token) => {
      const text = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
      return (await signed()(token)) && letsIn(first.exec(text)?.[1] ?? '');
    };
  };

  it('count as the last of them: a token that has expired, another issuer, roles of no shape', async () => {
    const past = { exp: now() - 60, iat: now() - 600 };
    await expectAttack(
      twice({}, past),
      firstWins('exp', (exp) => Number(exp) > now()),
    );
    await expectAttack(
      twice({}, { iss: 'https://evil.example' }),
      firstWins('iss', (iss) => iss === JSON.stringify(app().settings.issuer)),
    );
    await expectAttack(
      twice({}, { roles: 'admin' }),
      firstWins('roles', (roles) => roles.startsWith('[')),
    );
    await expectAttack(twice({}, { sub: 7 }), decodingOnly());
  });

  it('count as the last of them for what somebody may do, and wherever a token is read', async () => {
    const token = twice(
      { exp: now() - 60, roles: ['admin'] },
      { exp: forge().claims['exp'], roles: [], scope: '' },
    );
    expect(await statusOf(token, ADMINISTRATION)).toBe(403);
    expect(await firstWins('roles', (roles) => roles.includes('admin'))(token)).toBe(true);
    const { status, body } = await app().api('POST', '/v1/tokens/explain', {
      token: forge().good,
      body: { token },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      verdict: 'accepted',
      claims: { exp: forge().claims['exp'], roles: [], scope: '' },
    });
  });
});
