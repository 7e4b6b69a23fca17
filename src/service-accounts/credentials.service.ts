import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { SignedIn } from '../access/principal.js';
import { AuditService } from '../audit/audit.service.js';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import { PAGE_DEFAULT, decodeCursor, toPage } from '../platform/http/pagination.js';
import type { PageQuery } from '../platform/http/pagination.js';
import { wrongField } from '../platform/http/problems.js';
import { RevocationService } from '../revocation/revocation.service.js';
import { RolesService } from '../roles/roles.service.js';
import { StatusIndexes } from '../status-lists/status-indexes.js';
import { expectMayBecome, lookedAfter } from './account-power.js';
import { hashOfSecret, newClientSecret } from './client-secret.js';
import { CredentialView } from './credential.dto.js';
import type { CreateCredential, CreatedCredential, CredentialPage } from './credential.dto.js';
import { keysOf } from './credential-keys.js';
import { CredentialsRepository } from './credentials.repository.js';
import {
  CredentialNotFound,
  ServiceAccountNotFound,
  TooManyCredentials,
} from './service-accounts.errors.js';
import { ServiceAccountsRepository } from './service-accounts.repository.js';
import type { ServiceCredential } from './service-credential.entity.js';

/** Live ones of one account: room to change each of a handful without a pause. */
const LIVE_CREDENTIALS_MAX = 10;

/** The ways in which service accounts prove who they are: made, listed, removed. */
@Injectable()
export class CredentialsService {
  constructor(
    private readonly credentials: CredentialsRepository,
    private readonly accounts: ServiceAccountsRepository,
    private readonly roles: RolesService,
    private readonly revocations: RevocationService,
    private readonly statusIndexes: StatusIndexes,
    private readonly audit: AuditService,
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** The newest first, those that have ended among them. @throws ServiceAccountNotFound @throws InvalidCursor */
  async list(
    accountId: string,
    { limit = PAGE_DEFAULT, cursor }: PageQuery,
  ): Promise<CredentialPage> {
    if ((await this.accounts.find(accountId)) === undefined) throw new ServiceAccountNotFound();
    const name = `credentials:${accountId}`; // each account has a list of its own
    const after = cursor === undefined ? undefined : decodeCursor(name, cursor);
    return toPage(
      name,
      await this.credentials.list(accountId, limit + 1, after),
      limit,
      (credential) => ({ at: credential.createdAt, id: credential.id }),
      (credential) => CredentialView.of(credential),
    );
  }

  /**
   * Makes a credential. Of a secret only the hash is kept: the answer is the one chance to read it.
   * Done twice, it makes two.
   *
   * @throws ServiceAccountNotFound
   * @throws AccessDenied for somebody who does not look after the account, or may do less than it may.
   * @throws ValidationFailed
   * @throws TooManyCredentials
   */
  async create(
    actor: SignedIn,
    accountId: string,
    body: CreateCredential,
  ): Promise<CreatedCredential> {
    const secret = body.type === 'secret' ? newClientSecret() : undefined;
    const statusIndex = await this.statusIndexes.take();
    return this.database.transaction(async () => {
      const account = lookedAfter(await this.accounts.lock(accountId), actor.principal);
      const now = this.clock.now();
      expectMayBecome(
        actor.principal,
        account,
        await this.roles.powerOf(account.roles),
        await this.accounts.reachesResources(accountId, now),
      );
      const credential: ServiceCredential = {
        id: randomUUID(),
        serviceAccountId: accountId,
        type: body.type,
        secretHash: secret === undefined ? null : hashOfSecret(secret),
        ...keysOf(body, this.settings),
        label: body.label ?? '',
        createdBy: actor.principal.id,
        createdAt: now,
        expiresAt: body.expiresAt === undefined ? null : readEnd(body.expiresAt, now),
        lastUsedAt: null,
        statusIndex,
      };
      if ((await this.credentials.countLive(accountId, now)) >= LIVE_CREDENTIALS_MAX) {
        throw new TooManyCredentials({
          detail: `That is ${LIVE_CREDENTIALS_MAX}; remove one first`,
        });
      }
      await this.credentials.insert(credential);
      await this.audit.record(actor, {
        action: 'credential.created',
        target: { type: 'service-account', id: accountId },
        detail: detailOf(credential),
      });
      const view = CredentialView.of(credential);
      return secret === undefined ? view : { ...view, secret };
    });
  }

  /**
   * Removes a credential; the tokens that it got are refused from then on.
   *
   * @throws ServiceAccountNotFound
   * @throws AccessDenied
   * @throws CredentialNotFound also for another account's credential.
   */
  async delete(actor: SignedIn, accountId: string, credentialId: string): Promise<void> {
    await this.database.transaction(async () => {
      lookedAfter(await this.accounts.lock(accountId), actor.principal);
      const credential = await this.credentials.find(accountId, credentialId);
      if (credential === null) throw new CredentialNotFound();
      await this.credentials.delete(credentialId);
      await this.audit.record(actor, {
        action: 'credential.deleted',
        target: { type: 'service-account', id: accountId },
        detail: detailOf(credential),
      });
      await this.revocations.revoke(actor, 'credential_deleted', [
        { kind: 'credential', subject: credentialId, statusIndex: credential.statusIndex },
      ]);
    });
  }
}

/** What tells a credential from others in the audit log, without what it proves anything with. */
function detailOf({ id, type, label, jwks, jwksUri, expiresAt }: ServiceCredential) {
  return {
    credentialId: id,
    type,
    label,
    ...(jwks === null ? {} : { kids: jwks.keys.map(({ kid }) => kid) }),
    ...(jwksUri === null ? {} : { jwksUri }),
    expiresAt,
  };
}

/** The end in milliseconds since the epoch. @throws ValidationFailed unless it lies in the future. */
function readEnd(text: string, now: number): number {
  const end = Date.parse(text);
  // Turned round, since ISO 8601 has dates that Date does not read: those are NaN.
  if (!(end > now)) throw wrongField('/expiresAt', 'past', 'must lie in the future');
  return end;
}
