import { isDuplicate } from '../platform/database/database-errors.js';
import { defineProblem } from '../platform/http/problem.js';

export class UserNotFound extends defineProblem('user_not_found', 404, 'There is no such user') {}

export class EmailTaken extends defineProblem(
  'email_taken',
  409,
  'Another user has this e-mail address',
) {}

export class UsernameTaken extends defineProblem(
  'username_taken',
  409,
  'Another user has this username',
) {}

/** The current password is another one. `pointer` says where in the request it stands. */
export class WrongPassword extends defineProblem(
  'wrong_password',
  403,
  'The current password is wrong',
) {
  constructor(pointer: string) {
    super({
      errors: [
        {
          pointer,
          code: 'wrong_password',
          detail: 'is not your current password',
        },
      ],
    });
  }
}

/** Of several changes of one password at once, one wins. */
export class PasswordChangedMeanwhile extends defineProblem(
  'password_changed_meanwhile',
  409,
  'The password was changed while you changed it',
) {}

/** Gives the unique indexes of the table their meaning. @throws EmailTaken @throws UsernameTaken */
export async function namingDuplicates(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    const index = violatedIndex(error instanceof Error ? error.message : '');
    if (index === 'email') throw new EmailTaken({ cause: error });
    if (index === 'username') throw new UsernameTaken({ cause: error });
    throw error;
  }
}

/**
 * Only the end of the message names the index; before it, MariaDB repeats the value, which is the
 * client's: `Duplicate entry 'uq_users_email' for key 'uq_users_username'`.
 */
export function violatedIndex(message: string): 'email' | 'username' | undefined {
  // SQLite: UNIQUE constraint failed: users.email
  const [, column, index] =
    /(?: users\.(email|username)|uq_users_(email|username)')$/.exec(message) ?? [];
  const name = column ?? index;
  return name === 'email' || name === 'username' ? name : undefined;
}
