import { Injectable } from '@nestjs/common';
import type { Actor } from '../../access/principal.js';
import { AuditService } from '../../audit/audit.service.js';
import { KeysService } from '../../keys/keys.service.js';
import { Clock } from '../../platform/clock.js';
import { Database } from '../../platform/database/database.js';
import { PrincipalsService } from '../../principals/principals.service.js';
import { RevocationHistory } from '../../revocation/revocation-history.js';
import { RevocationService } from '../../revocation/revocation.service.js';
import { CredentialsRepository } from '../../service-accounts/credentials.repository.js';
import { SessionsRepository } from '../../sessions/sessions.repository.js';
import { StatusIndexes } from '../../status-lists/status-indexes.js';

/** What was ended so that a restored database revives nothing. */
export interface RestoreReport {
  /** The newest revision in the backup, and the newest that this data folder has a mark of, if any. */
  readonly backup: number;
  readonly marked: number | undefined;
  readonly sessionsEnded: number;
  readonly keysReplaced: number;
  readonly credentialsEnded: number;
}

const BY_COMMAND: Actor = { origin: { ip: '', userAgent: '', requestId: 'finish-restore' } };

/**
 * Moves the whole installation's "not before" to now, after its database was restored from a backup: what
 * was revoked since the backup is not known any more, so everything that was issued before now ends.
 *
 * No clock says what "before" is. Tokens end with their keys, all of which are replaced: also tokens of keys
 * that were made after the backup, and with versions that the backup does not know. Sessions are ended. New
 * tokens begin above every version that somebody may remember as outdated.
 */
@Injectable()
export class RestoreService {
  constructor(
    private readonly keys: KeysService,
    private readonly history: RevocationHistory,
    private readonly revocations: RevocationService,
    private readonly principals: PrincipalsService,
    private readonly sessions: SessionsRepository,
    private readonly credentials: CredentialsRepository,
    private readonly statusIndexes: StatusIndexes,
    private readonly audit: AuditService,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Needs a database with this version's schema. To do it twice does no harm but to end everything twice.
   *
   * @param endCredentials whether services need new credentials as well: those that were deleted since the
   *   backup are there again.
   */
  async finish({ endCredentials }: { readonly endCredentials: boolean }): Promise<RestoreReport> {
    const drafts = await this.keys.draftBoth();
    const now = this.clock.now();
    // Before the transaction, and in parts: a million of them take longer than one may.
    const endedBefore = await this.endSessions(now);
    await this.principals.skipVersions();
    return this.database.transaction(async () => {
      const { used: keysReplaced, kids } = await this.keys.replaceAll(BY_COMMAND, drafts);
      // Those that a replica which had not noticed has opened since.
      const sessionsEnded = endedBefore + (await this.endSessions(now));
      const credentialsEnded = endCredentials ? await this.credentials.endEvery(now) : 0;
      await this.statusIndexes.skip();
      const { backup, marked } = await this.history.beginAnew();
      const done = { backup, marked, sessionsEnded, keysReplaced, credentialsEnded };
      await this.audit.record(BY_COMMAND, { action: 'installation.restored', detail: done });
      await this.revocations.revoke(
        BY_COMMAND,
        'restored',
        kids.map((subject) => ({ kind: 'key', subject })),
      );
      return done;
    });
  }

  private async endSessions(now: number): Promise<number> {
    let total = 0;
    for (;;) {
      const ended = await this.sessions.endSome('restored', now);
      if (ended === 0) return total;
      total += ended;
    }
  }
}
