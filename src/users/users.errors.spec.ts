import { describe, expect, it } from '@jest/globals';
import { violatedIndex } from './users.errors.js';

describe('the unique index that a message names', () => {
  it.each([
    ['SqliteError: UNIQUE constraint failed: users.email', 'email'],
    ['UNIQUE constraint failed: users.username', 'username'],
    ["Duplicate entry 'ada@example.com' for key 'uq_users_email'", 'email'],
    ["Duplicate entry 'ada' for key 'uq_users_username'", 'username'],
    ["Duplicate entry 'ada' for key 'users.uq_users_username'", 'username'], // MySQL 8
  ])('%s', (message, index) => {
    expect(violatedIndex(message)).toBe(index);
  });

  it('is not taken from the value that the client sent', () => {
    expect(violatedIndex("Duplicate entry 'uq_users_email' for key 'uq_users_username'")).toBe(
      'username',
    );
    expect(violatedIndex("Duplicate entry 'users.email' for key 'uq_users_username'")).toBe(
      'username',
    );
    expect(violatedIndex("Duplicate entry 'uq_users_email' for key 'PRIMARY'")).toBeUndefined();
  });
});
