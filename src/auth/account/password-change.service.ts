import { Injectable } from '@nestjs/common';
import type { SignedIn } from '../../access/principal.js';
import { AuditService } from '../../audit/audit.service.js';
import { WrongPassword } from '../../users/users.errors.js';
import { UsersService } from '../../users/users.service.js';
import { LoginThrottle } from '../throttling/login-throttle.js';
import type { ChangePassword } from './account.dto.js';

/** Changes one's own password; guesses at the current one are counted as those at sign-in are. */
@Injectable()
export class PasswordChangeService {
  constructor(
    private readonly users: UsersService,
    private readonly throttle: LoginThrottle,
    private readonly audit: AuditService,
  ) {}

  /**
   * @throws TooManyAttempts: whoever stole a token may not guess the password with it.
   * @throws WrongPassword
   * @throws ValidationFailed for a new password that is too weak.
   * @throws PasswordChangedMeanwhile
   * @throws HashQueueFull
   */
  async change(actor: SignedIn, { currentPassword, newPassword }: ChangePassword): Promise<void> {
    const { principal, origin } = actor;
    // By id: no sign-in uses it, so guesses here do not eat up the budget of signing in.
    const attempt = { identifier: `id:${principal.id}`, ip: origin.ip };
    await this.throttle.admit(attempt, () => Promise.resolve(false));
    try {
      await this.throttle.judging(attempt, () =>
        this.users.changePassword(actor, principal.id, currentPassword, newPassword),
      );
    } catch (error) {
      if (error instanceof WrongPassword) {
        await this.audit.record(actor, {
          action: 'auth.password_change_refused',
          target: { type: 'user', id: principal.id },
        });
      }
      throw error;
    }
    await this.throttle.forgive(attempt);
  }
}
