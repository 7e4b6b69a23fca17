import { Injectable } from '@nestjs/common';
import type { SignedIn } from '../access/principal.js';
import { AuditService } from '../audit/audit.service.js';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import { PrincipalsService } from '../principals/principals.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { HashQueueFull } from './passwords/hash-queue.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { PasswordPolicy, contextWordsOf } from './passwords/password-policy.js';
import { PasswordChangedMeanwhile, UserNotFound, WrongPassword } from './users.errors.js';
import { UsersRepository } from './users.repository.js';

/** The passwords of people who are there already. */
@Injectable()
export class UserPasswordsService {
  constructor(
    private readonly users: UsersRepository,
    private readonly principals: PrincipalsService,
    private readonly sessions: SessionsService,
    private readonly hasher: PasswordHasher,
    private readonly policy: PasswordPolicy,
    private readonly audit: AuditService,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Whether it is the password that the user has, after the same work whether or not there is such a user.
   *
   * @param pointer where in the request the password stands.
   * @returns the hash that it matched, for `stillHolds`.
   * @throws WrongPassword
   * @throws HashQueueFull
   */
  async verify(id: string, password: string, pointer: string): Promise<string> {
    const hash = await this.users.passwordHash(id);
    const matches =
      hash === undefined
        ? await this.hasher.verifyDummy(password)
        : await this.hasher.verify(hash, password);
    if (hash === undefined || !matches) throw new WrongPassword(pointer);
    return hash;
  }

  /** Whether the password is still the one that was verified before the transaction, which has locked the principal. */
  async stillHolds(id: string, hash: string): Promise<boolean> {
    return (await this.users.passwordHash(id)) === hash;
  }

  /**
   * Changes a password for somebody who knows the present one, and ends their other sessions.
   *
   * @throws UserNotFound
   * @throws WrongPassword
   * @throws ValidationFailed for a new one that is too short, too long or too easy.
   * @throws HashQueueFull
   * @throws PasswordChangedMeanwhile
   */
  async change(
    actor: SignedIn,
    id: string,
    currentPassword: string,
    newPassword: string,
  ): Promise<void> {
    const user = await this.users.find(id);
    if (user === undefined) throw new UserNotFound();
    const oldHash = await this.verify(id, currentPassword, '/currentPassword');
    const accepted = await this.policy.check(newPassword, contextWordsOf(user), '/newPassword');
    const newHash = await this.hasher.hash(accepted);
    await this.database.transaction(async () => {
      if (!(await this.users.changePassword(id, oldHash, newHash, this.clock.now()))) {
        throw new PasswordChangedMeanwhile();
      }
      await this.audit.record(actor, {
        action: 'auth.password_changed',
        target: { type: 'user', id },
      });
      await this.sessions.endAll(actor, id, 'password_changed', actor.principal.sessionId);
      await this.principals.outdateTokens(actor, 'password_changed', [id]);
    });
  }

  /** Hashes a password that was just verified at today's cost. When that cannot be done now, the next sign-in will. */
  async rehash(id: string, oldHash: string, password: string): Promise<void> {
    try {
      await this.users.replaceHash(id, oldHash, await this.hasher.hash(password));
    } catch (error) {
      if (!(error instanceof HashQueueFull)) throw error;
    }
  }
}
