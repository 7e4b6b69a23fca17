import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ThrottleCounter } from '../../src/auth/throttling/throttle-counter.entity.js';
import { isDuplicate, isMissingReference } from '../../src/platform/database/database-errors.js';
import type { Database } from '../../src/platform/database/database.js';
import { PrincipalRecord } from '../../src/principals/principal-record.entity.js';
import { User } from '../../src/users/user.entity.js';
import { openStorage } from '../support/database.js';
import type { TestStorage } from '../support/database.js';
import { dialect } from '../support/databases.js';

/** Pairs that many collations take for equal. */
const LOOKALIKES: readonly (readonly [what: string, one: string, other: string])[] = [
  ['case', 'ada', 'Ada'],
  ['accent', 'resume', 'résumé'],
  ['umlaut', 'muller', 'müller'],
  ['trailing space', 'ada', 'ada '],
  ['composed and decomposed', 'é', 'e\u0301'],
  ['sharp s', 'strasse', 'straße'],
  ['Turkish i', 'i', 'ı'],
  ['emoji', '🔑', '🗝'],
  ['width', 'a', 'ａ'],
  ['zero-width joiner', 'ada', 'a\u200dda'],
];

describe(`text on ${dialect}`, () => {
  let storage: TestStorage;
  let database: Database;
  let users = 0;

  beforeAll(async () => {
    storage = await openStorage();
    ({ database } = storage);
  });
  afterAll(() => storage.close());
  beforeEach(async () => {
    await database.execute('DELETE FROM throttle_counters');
    await database.execute('DELETE FROM users');
  });

  const addKey = (id: string) =>
    database.repository(ThrottleCounter).insert({ id, points: 0, expiresAt: 0 });
  const addUser = async (email: string) => {
    const id = `user-${++users}`;
    await database
      .repository(PrincipalRecord)
      .insert({ id, type: 'user', status: 'active', tokenVersion: 1, createdAt: 0 });
    await database.repository(User).insert({
      id,
      email,
      username: id,
      displayName: '🔑 Zoë',
      passwordHash: 'x',
      passwordChangedAt: 0,
      searchText: '',
      version: 1,
      createdAt: 0,
      updatedAt: 0,
    });
    return id;
  };

  it.each(LOOKALIKES)('tells primary keys apart: %s', async (_, one, other) => {
    await addKey(one);
    await addKey(other);
    for (const id of [one, other]) {
      const rows = await database.select<{ id: string }>(
        'SELECT id FROM throttle_counters WHERE id = ?',
        [id],
      );
      expect(rows.map((row) => row.id)).toEqual([id]);
    }
  });

  it.each(LOOKALIKES)('tells unique values apart: %s', async (_, one, other) => {
    const first = await addUser(one);
    const second = await addUser(other);
    expect((await database.repository(User).findOneByOrFail({ email: one })).id).toBe(first);
    expect((await database.repository(User).findOneByOrFail({ email: other })).id).toBe(second);
    expect(isDuplicate(await errorOf(addUser(one)))).toBe(true);
  });

  it('recognises a duplicate, of a key and of a unique value, and takes nothing else for one', async () => {
    await addKey('a');
    expect(isDuplicate(await errorOf(addKey('a')))).toBe(true);
    await addUser('ada@example.com');
    expect(isDuplicate(await errorOf(addUser('ada@example.com')))).toBe(true);
    const orphan = await errorOf(
      database.execute(
        `INSERT INTO principal_roles (principal_id, role_name) VALUES ('nobody', 'nothing')`,
      ),
    );
    expect([isMissingReference(orphan), isDuplicate(orphan)]).toEqual([true, false]);
  });

  it('keeps four-byte characters and gives them back as they were', async () => {
    const email = '🔑👩‍🚀\u{10FFFD}@example.com';
    const id = await addUser(email);
    const user = await database.repository(User).findOneByOrFail({ id });
    expect([user.email, user.displayName]).toEqual([email, '🔑 Zoë']);
  });

  it('keeps whole numbers up to the safe limit', async () => {
    const expiresAt = Number.MAX_SAFE_INTEGER;
    await database.repository(ThrottleCounter).insert({ id: 'large', points: 1, expiresAt });
    const row = await database.repository(ThrottleCounter).findOneByOrFail({ id: 'large' });
    expect(row.expiresAt).toBe(expiresAt);
  });

  it('orders by bytes', async () => {
    for (const id of ['b', 'a', 'B', 'é', 'A', 'z']) await addKey(id);
    const rows = await database.select<{ id: string }>(
      'SELECT id FROM throttle_counters ORDER BY id',
    );
    expect(rows.map(({ id }) => id)).toEqual(['A', 'B', 'a', 'b', 'z', 'é']);
  });
});

function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}
