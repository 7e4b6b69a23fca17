import { Injectable } from '@nestjs/common';
import type { SignedIn } from '../../access/principal.js';
import type { AuditAction } from '../../audit/audit-actions.js';
import { AuditService } from '../../audit/audit.service.js';
import { WrongPassword } from '../../users/users.errors.js';
import { LoginThrottle } from './login-throttle.js';

/**
 * Counts guesses at one's own password as those at sign-in are counted: whoever stole a token may not
 * guess the password with it. All routes that ask for it share one budget.
 */
@Injectable()
export class OwnPasswordGuesses {
  constructor(
    private readonly throttle: LoginThrottle,
    private readonly audit: AuditService,
  ) {}

  /**
   * Runs `judge`, which throws WrongPassword for a wrong guess; then `refusal` is audited.
   *
   * @throws TooManyAttempts before anything is judged.
   */
  async count<T>(actor: SignedIn, refusal: AuditAction, judge: () => Promise<T>): Promise<T> {
    const { principal, origin } = actor;
    // By id: no sign-in uses it, so guesses here do not eat up the budget of signing in.
    const attempt = { identifier: `id:${principal.id}`, ip: origin.ip };
    await this.throttle.admit(attempt, () => Promise.resolve(false));
    try {
      const result = await this.throttle.judging(attempt, judge);
      await this.throttle.forgive(attempt);
      return result;
    } catch (error) {
      if (error instanceof WrongPassword) {
        await this.audit.record(actor, {
          action: refusal,
          target: { type: 'user', id: principal.id },
        });
      }
      throw error;
    }
  }
}
