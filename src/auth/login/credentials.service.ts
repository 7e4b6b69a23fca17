import { Injectable } from '@nestjs/common';
import type { Actor } from '../../access/principal.js';
import { AuditService } from '../../audit/audit.service.js';
import { SessionsRepository } from '../../sessions/sessions.repository.js';
import { canonical } from '../../users/canonical.js';
import { PasswordHasher } from '../../users/passwords/password-hasher.js';
import { UserPasswordsService } from '../../users/user-passwords.service.js';
import { UsersService } from '../../users/users.service.js';
import { InvalidCredentials } from '../auth.errors.js';
import { LoginThrottle } from '../throttling/login-throttle.js';
import type { Attempt } from '../throttling/login-throttle.js';

/** Somebody whose credentials were good. */
export interface AuthenticatedUser {
  readonly id: string;
  /** The version of their tokens when the credentials were read. */
  readonly tokenVersion: number;
  /** How they proved who they are (RFC 8176). */
  readonly amr: readonly string[];
  /** To be forgiven by whoever lets them in. */
  readonly attempt: Attempt;
}

/** Checks an identifier and a password. */
@Injectable()
export class CredentialsService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: UserPasswordsService,
    private readonly hasher: PasswordHasher,
    private readonly throttle: LoginThrottle,
    private readonly sessions: SessionsRepository,
    private readonly audit: AuditService,
  ) {}

  /**
   * Answers alike, and after the same work, for an unknown user, a wrong password and a disabled user.
   *
   * @throws InvalidCredentials
   * @throws TooManyAttempts
   * @throws HashQueueFull
   */
  async verify(actor: Actor, identifier: string, password: string): Promise<AuthenticatedUser> {
    this.hasher.expectRoom();
    const attempt: Attempt = { identifier: canonical(identifier), ip: actor.origin.ip };
    const user = await this.users.findForLogin(attempt.identifier);
    await this.throttle.admit(attempt, async () =>
      user === undefined ? false : this.sessions.hasBeenSeenFrom(user.id, attempt.ip),
    );
    const matches = await this.throttle.judging(attempt, () =>
      user === undefined
        ? this.hasher.verifyDummy(password)
        : this.hasher.verify(user.passwordHash, password),
    );
    if (user === undefined || !matches || user.status !== 'active') {
      await this.audit.record(actor, {
        action: 'auth.login_failed',
        ...(user === undefined ? {} : { target: { type: 'user', id: user.id } }),
      });
      throw new InvalidCredentials();
    }
    if (this.hasher.needsRehash(user.passwordHash)) {
      await this.passwords.rehash(user.id, user.passwordHash, password);
    }
    return { id: user.id, tokenVersion: user.tokenVersion, amr: ['pwd'], attempt };
  }
}
