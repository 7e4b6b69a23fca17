import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { strictValidation } from '../platform/http/validation.js';
import { ValidationFailed } from '../platform/http/problems.js';
import { ChangeUser, CreateUser, UserParams } from './user.dto.js';

const pipe = strictValidation();
const ADA = { email: 'ada@example.com', username: 'ada', password: 'correct horse battery staple' };

/** The body as the controller gets it, or the pointers of what is wrong with it. */
async function read(metatype: new () => object, body: unknown): Promise<unknown> {
  try {
    return { ...((await pipe.transform(body, { type: 'body', metatype })) as object) };
  } catch (error) {
    if (!(error instanceof ValidationFailed)) throw error;
    return error.errors?.map(({ pointer }) => pointer);
  }
}

const create = (changes: object) => read(CreateUser, { ...ADA, ...changes });

describe('a request to make a user', () => {
  it('has its identifiers in canonical form', async () => {
    expect(await create({ email: 'Ada@Example.COM', username: 'ADA' })).toEqual(ADA);
    // Full width, and the sign of Kelvin.
    expect(await create({ username: '\uff21da' })).toEqual(ADA);
    expect(await create({ username: '\u212aaren' })).toEqual({ ...ADA, username: 'karen' });
  });

  it.each(['a', 'a.b', 'a-b_c.d', '7', 'a'.repeat(64)])(
    'takes the username %s',
    async (username) => {
      expect(await create({ username })).toEqual({ ...ADA, username });
    },
  );

  it.each([
    '',
    '.a',
    'a.',
    'a b',
    'ada ',
    'a@b',
    'a'.repeat(65),
    '\u0430da', // Cyrillic
    '\u0130da', // its lower case is two characters
    'ada\u0301',
    '\u{1f98a}',
    'ada\u0000',
    '\ud800',
    7,
    null,
    ['ada'],
    {},
  ])('refuses the username %j', async (username) => {
    expect(await create({ username })).toEqual(['/username']);
  });

  it.each([
    'ada',
    '@example.com',
    'ada@',
    'ada@example',
    'ada@ex\u00e4mple.com',
    '\u00e0da@example.com',
    '\u0430da@example.com',
    'ada@example.com ',
    'ada@example.com\n',
    `${'a'.repeat(65)}@example.com`,
    `ada@${'a.'.repeat(130)}com`,
    null,
    ['ada@example.com'],
  ])('refuses the e-mail address %j', async (email) => {
    expect(await create({ email })).toEqual(['/email']);
  });

  it('is quick about a very long e-mail address', async () => {
    const started = performance.now();
    expect(await create({ email: `${'a'.repeat(50_000)}@example.com` })).toEqual(['/email']);
    expect(performance.now() - started).toBeLessThan(200);
  });

  it.each([
    'id',
    'status',
    'role',
    'isAdmin',
    'passwordHash',
    'createdAt',
    'version',
    'tokenVersion',
  ])('does not take %s', async (field) => {
    expect(await create({ [field]: 'x' })).toEqual([`/${field}`]);
  });

  it.each([
    [['Admin']],
    [['a', 'a']],
    ['admin'],
    [null],
    [Array.from({ length: 21 }, (_, n) => `role-${n}`)],
  ])('refuses the roles %j', async (roles) => {
    expect(await create({ roles })).toEqual(['/roles']);
  });
});

describe('a request to change a user', () => {
  it('may leave out everything and make nothing null', async () => {
    expect(await read(ChangeUser, {})).toEqual({});
    expect(await read(ChangeUser, { username: 'ADA' })).toEqual({ username: 'ada' });
    for (const field of ['email', 'username', 'displayName']) {
      expect(await read(ChangeUser, { [field]: null })).toEqual([`/${field}`]);
    }
    expect(await read(ChangeUser, { roles: ['admin'] })).toEqual(['/roles']);
    expect(await read(ChangeUser, { password: 'correct horse battery staple' })).toEqual([
      '/password',
    ]);
  });
});

describe('an id in a path', () => {
  it.each(['1', '1abc', '0x1', '1e0', '[object Object]', ''])('is not %j', async (id) => {
    expect(await read(UserParams, { id })).toEqual(['/id']);
  });
});
