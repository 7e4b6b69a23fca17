import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { ValidationFailed } from '../../platform/http/problems.js';
import { codePoints } from '../../platform/http/text-validators.js';
import { normalizePassword } from './normalize-password.js';
import { isEasyToGuess } from './password-strength.js';

/**
 * Which passwords may be set. Length and guessability decide; there are no rules about kinds of
 * characters, which make passwords harder to remember and no harder to guess (NIST SP 800-63B 3.1.1.2).
 */
@Injectable()
export class PasswordPolicy {
  /** Words about this place, which are no secret either. */
  private readonly words: readonly string[];

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {
    const { hostname } = new URL(settings.issuer);
    this.words = ['signet', hostname, ...hostname.split('.')];
  }

  /**
   * @param contextWords what is known of the person: see `contextWordsOf`.
   * @param pointer the field that is blamed.
   * @returns the password in its normal form.
   * @throws ValidationFailed that never repeats the password.
   */
  async check(
    password: string,
    contextWords: readonly string[],
    pointer = '/password',
  ): Promise<string> {
    const refuse = (code: string, detail: string) =>
      new ValidationFailed({ errors: [{ pointer, code, detail }] });
    if (!password.isWellFormed() || password.includes('\u0000')) {
      throw refuse('password_malformed', 'must be well-formed text');
    }
    const { passwordMinLength: min, passwordMaxLength: max } = this.settings;
    const normalized = normalizePassword(password);
    const length = codePoints(normalized);
    if (length < min) throw refuse('password_too_short', `must have at least ${min} characters`);
    if (length > max) throw refuse('password_too_long', `must have at most ${max} characters`);
    if (await isEasyToGuess(normalized, [...this.words, ...contextWords])) {
      throw refuse('password_common', 'is too easy to guess; a few random words are hard to guess');
    }
    return normalized;
  }
}

/** The words that somebody who attacks this person tries first. */
export function contextWordsOf(person: {
  readonly email: string;
  readonly username: string;
  readonly displayName: string;
}): readonly string[] {
  const { email, username, displayName } = person;
  const [local = ''] = email.split('@');
  const parts = [local, username, displayName].flatMap((name) => name.split(/[\s._+-]+/));
  return [email, local, username, displayName, ...parts].filter((word) => word !== '');
}
