import { randomBytes } from 'node:crypto';

export interface Person {
  readonly email: string;
  readonly username: string;
  readonly password: string;
}

/** What a test may choose of a new user. */
export interface NewUser extends Partial<Person> {
  readonly roles?: readonly string[];
  readonly displayName?: string;
}

let count = 0;

/** Somebody who is not there yet, with a password that nobody would guess. */
export function newPerson(): Person {
  const username = `person${++count}`;
  return {
    username,
    email: `${username}@example.com`,
    password: randomBytes(12).toString('base64url'),
  };
}
