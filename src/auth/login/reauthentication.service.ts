import { Injectable } from '@nestjs/common';
import type { SignedIn } from '../../access/principal.js';
import { AuditService } from '../../audit/audit.service.js';
import { Clock } from '../../platform/clock.js';
import { Database } from '../../platform/database/database.js';
import { SessionEnded } from '../../sessions/sessions.errors.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import type { IssuedToken } from '../../tokens/token-issuer.js';
import { WrongPassword } from '../../users/users.errors.js';
import { UserPasswordsService } from '../../users/user-passwords.service.js';
import { OwnPasswordGuesses } from '../throttling/own-password-guesses.js';
import { LoginService } from './login.service.js';

/** Where the guess stands in the request. */
const POINTER = '/password';

/** Lets people who are signed in prove anew who they are, within their session. */
@Injectable()
export class ReauthenticationService {
  constructor(
    private readonly guesses: OwnPasswordGuesses,
    private readonly passwords: UserPasswordsService,
    private readonly sessions: SessionsService,
    private readonly login: LoginService,
    private readonly audit: AuditService,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * @param sizeMax characters that the token may have, when its carrier limits that.
   * @returns an access token of the same session that says when this proof was given.
   * @throws TooManyAttempts
   * @throws HashQueueFull
   * @throws WrongPassword
   * @throws SessionEnded also when it ends at the same time: what is over stays over.
   * @throws SessionExpired
   * @throws TokenTooLarge
   */
  reauthenticate(actor: SignedIn, password: string, sizeMax?: number): Promise<IssuedToken> {
    return this.guesses.count(actor, 'auth.reauthentication_failed', async () => {
      // Hashing takes too long for a transaction; what became of the password meanwhile is asked in it.
      const hash = await this.passwords.verify(actor.principal.id, password, POINTER);
      const provedAt = this.clock.now();
      return this.database.transaction(() => this.freshen(actor, hash, provedAt, sizeMax));
    });
  }

  private async freshen(
    actor: SignedIn,
    hash: string,
    provedAt: number,
    sizeMax: number | undefined,
  ): Promise<IssuedToken> {
    const { id, sessionId } = actor.principal;
    const session = await this.sessions.freshen(id, sessionId, ['pwd'], provedAt);
    if (!(await this.passwords.stillHolds(id, hash))) throw new WrongPassword(POINTER);
    await this.audit.record(actor, {
      action: 'auth.reauthenticated',
      target: { type: 'user', id },
    });
    const issued = await this.login.issue(session, provedAt, sizeMax);
    if (issued === undefined) throw new SessionEnded();
    return issued;
  }
}
