import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { ADMIN_ROLE } from '../access/permissions.js';
import type { Actor } from '../access/principal.js';
import { AuditService } from '../audit/audit.service.js';
import { LoginThrottle } from '../auth/throttling/login-throttle.js';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import { LOGGER } from '../platform/logger.js';
import type { UserView } from '../users/user.dto.js';
import { UsersService } from '../users/users.service.js';
import { INSTALLATION_ID, Installation } from './installation.entity.js';
import { SetupToken } from './setup-token.js';
import type { SetupRequest } from './setup.dto.js';
import { SetupClosed, WrongSetupToken } from './setup.errors.js';

/** Makes the first administrator, once. */
@Injectable()
export class SetupService {
  constructor(
    private readonly token: SetupToken,
    private readonly users: UsersService,
    private readonly throttle: LoginThrottle,
    private readonly audit: AuditService,
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Says on standing output how to set up, as long as that is to be done. */
  async announce(): Promise<void> {
    if (!(await this.isOpen())) {
      this.token.discard();
      return;
    }
    const generated = this.token.generated();
    if (generated !== undefined) {
      // For the person at the terminal, and not through the logger: secrets do not belong into logs.
      process.stdout.write(
        `\nSet-up token (one use, also in DATA_DIR/setup-token): ${generated}\n\n`,
      );
    } else if (!this.token.exists) {
      this.log.warn('There is no administrator yet. Set SETUP_TOKEN and call POST /v1/setup.');
    }
  }

  /**
   * @throws SetupClosed once there is an administrator, also for all but one of many at once.
   * @throws WrongSetupToken
   * @throws TooManyAttempts
   */
  async complete(actor: Actor, { setupToken, ...input }: SetupRequest): Promise<UserView> {
    if (!this.token.exists || !(await this.isOpen())) throw new SetupClosed();
    if (!this.token.matches(setupToken)) {
      // Strangers fill the audit log no faster than failed sign-ins do. Whoever has the token is not held up.
      await this.throttle.admit({ identifier: 'set-up', ip: actor.origin.ip }, () =>
        Promise.resolve(false),
      );
      await this.audit.record(actor, { action: 'setup.refused' });
      throw new WrongSetupToken();
    }
    const prepared = await this.users.prepare({ ...input, roles: [ADMIN_ROLE] });
    const id = await this.database.transaction(async () => {
      await this.close();
      const created = await this.users.insert(actor, prepared);
      await this.audit.record(actor, {
        action: 'setup.completed',
        target: { type: 'user', id: created },
      });
      return created;
    });
    this.token.discard();
    return this.users.get(id);
  }

  private async isOpen(): Promise<boolean> {
    const installation = await this.database
      .repository(Installation)
      .findOneBy({ id: INSTALLATION_ID });
    return installation !== null && installation.setupCompletedAt === null;
  }

  /** The compare-and-set that lets one of many through. */
  private async close(): Promise<void> {
    const closed = await this.database.execute(
      'UPDATE installation SET setup_completed_at = ? WHERE id = ? AND setup_completed_at IS NULL',
      [this.clock.now(), INSTALLATION_ID],
    );
    if (closed !== 1) throw new SetupClosed();
  }
}
