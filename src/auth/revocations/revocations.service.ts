import { Inject, Injectable } from '@nestjs/common';
import type { SignedIn } from '../../access/principal.js';
import { AuditService } from '../../audit/audit.service.js';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { Database } from '../../platform/database/database.js';
import { ExpiryClock } from '../../platform/expiry-clock.js';
import { defineProblem } from '../../platform/http/problem.js';
import { PAGE_DEFAULT, decodeCursor, toPage } from '../../platform/http/pagination.js';
import { PrincipalsService } from '../../principals/principals.service.js';
import { RevocationService } from '../../revocation/revocation.service.js';
import { RevokedToken } from '../../revocation/revoked-token.entity.js';
import { SessionsRepository } from '../../sessions/sessions.repository.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { expectManageable } from '../../users/user-power.js';
import type { RevocationReceipt } from '../../revocation/revocation-receipt.dto.js';
import { RevocationView } from './revocation.dto.js';
import type { CreateRevocation, RevocationPage, RevocationQuery } from './revocation.dto.js';

/** There is no such session or principal, so nothing was revoked. */
export class NothingToRevoke extends defineProblem(
  'nothing_to_revoke',
  404,
  'There is no such session or principal',
) {}

/** Revocation by administrators: of a token by its id, of a session, of everything of a principal. */
@Injectable()
export class RevocationsService {
  constructor(
    private readonly revocations: RevocationService,
    private readonly sessions: SessionsService,
    private readonly sessionRows: SessionsRepository,
    private readonly principals: PrincipalsService,
    private readonly audit: AuditService,
    private readonly database: Database,
    private readonly expiry: ExpiryClock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @throws NothingToRevoke @throws AccessDenied for an administrator, by somebody who is none. */
  async create(actor: SignedIn, { kind, subject }: CreateRevocation): Promise<RevocationReceipt> {
    const revision = await this.database.transaction(async () => {
      await this.audit.record(actor, {
        action: 'revocation.created',
        target: { type: kind, id: subject },
      });
      switch (kind) {
        case 'token':
          return this.revokeToken(actor, subject);
        case 'session':
          return this.revokeSession(actor, subject);
        case 'principal':
          return this.revokePrincipal(actor, subject);
      }
    });
    return { revision, boundMs: this.settings.revocationMaxStaleness };
  }

  async list({
    limit = PAGE_DEFAULT,
    cursor,
    kind,
    subject,
  }: RevocationQuery): Promise<RevocationPage> {
    const select = this.database
      .repository(RevokedToken)
      .createQueryBuilder('r')
      .where('r.expiresAt >= :now', { now: this.expiry.at(await this.database.now()) })
      .orderBy('r.revision', 'DESC')
      .take(limit + 1);
    if (kind !== undefined) select.andWhere('r.kind = :kind', { kind });
    if (subject !== undefined) select.andWhere('r.subject = :subject', { subject });
    if (cursor !== undefined) {
      select.andWhere('r.revision < :before', { before: decodeCursor('revocations', cursor).at });
    }
    const position = ({ revision }: RevokedToken) => ({ at: revision, id: '' });
    return toPage('revocations', await select.getMany(), limit, position, (row) =>
      RevocationView.of(row),
    );
  }

  /** The token itself is not known here: whose it is cannot be asked, and it is taken to live as long as any may. */
  private revokeToken(actor: SignedIn, jti: string): Promise<number> {
    return this.revocations.revoke(actor, 'administrator', [{ kind: 'token', subject: jti }]);
  }

  private async revokeSession(actor: SignedIn, id: string): Promise<number> {
    const session = await this.sessionRows.find(id);
    if (session === null) throw new NothingToRevoke();
    await this.expectManageable(actor, session.principalId);
    await this.sessions.end(actor, session.principalId, id, 'administrator');
    // Again, though ending it has revoked it: a session that was over already has no fresh revocation.
    return this.revocations.revoke(actor, 'administrator', [
      { kind: 'session', subject: id, statusIndex: session.statusIndex },
    ]);
  }

  private async revokePrincipal(actor: SignedIn, id: string): Promise<number> {
    await this.expectManageable(actor, id);
    await this.sessions.endAll(actor, id, 'administrator');
    const revision = await this.principals.outdateTokens(actor, 'administrator', [id]);
    if (revision === undefined) throw new NothingToRevoke();
    return revision;
  }

  /** As on every other way to act on somebody: administrators are for administrators. @throws NothingToRevoke */
  private async expectManageable(actor: SignedIn, principalId: string): Promise<void> {
    const standing = await this.principals.standing(principalId);
    if (standing === undefined) throw new NothingToRevoke();
    expectManageable(actor.principal, standing);
  }
}
