import { Injectable } from '@nestjs/common';
import type { SignedIn } from '../../access/principal.js';
import { UserPasswordsService } from '../../users/user-passwords.service.js';
import { OwnPasswordGuesses } from '../throttling/own-password-guesses.js';
import type { ChangePassword } from './account.dto.js';

/** Changes one's own password. */
@Injectable()
export class PasswordChangeService {
  constructor(
    private readonly passwords: UserPasswordsService,
    private readonly guesses: OwnPasswordGuesses,
  ) {}

  /**
   * @throws TooManyAttempts
   * @throws WrongPassword
   * @throws ValidationFailed for a new password that is too weak.
   * @throws PasswordChangedMeanwhile
   * @throws HashQueueFull
   */
  change(actor: SignedIn, { currentPassword, newPassword }: ChangePassword): Promise<void> {
    return this.guesses.count(actor, 'auth.password_change_refused', () =>
      this.passwords.change(actor, actor.principal.id, currentPassword, newPassword),
    );
  }
}
