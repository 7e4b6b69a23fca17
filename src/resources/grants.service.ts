import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { isUUID } from 'class-validator';
import type { SignedIn } from '../access/principal.js';
import { AuditService } from '../audit/audit.service.js';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import { isMissingReference } from '../platform/database/database-errors.js';
import { PAGE_DEFAULT, decodeCursor, toPage } from '../platform/http/pagination.js';
import type { PageQuery } from '../platform/http/pagination.js';
import { PrincipalsService } from '../principals/principals.service.js';
import { GrantView, granteeOf } from './grant.dto.js';
import type { CreateGrant, GrantPage, Grantee } from './grant.dto.js';
import type { GrantOfSomebody } from './grants.repository.js';
import { GrantsRepository } from './grants.repository.js';
import { managed } from './ownership.js';
import { GrantNotFound, UnknownGrantee, wrongField } from './resources.errors.js';
import { ResourcesRepository } from './resources.repository.js';

/**
 * Who may do what with a resource. Whoever manages the resource gives and takes; one grantee may have
 * several grants on it, and the one that reaches furthest counts.
 */
@Injectable()
export class GrantsService {
  constructor(
    private readonly grants: GrantsRepository,
    private readonly resources: ResourcesRepository,
    private readonly principals: PrincipalsService,
    private readonly audit: AuditService,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws ResourceNotFound @throws AccessDenied @throws InvalidCursor */
  async list(
    actor: SignedIn,
    resourceId: string,
    { limit = PAGE_DEFAULT, cursor }: PageQuery,
  ): Promise<GrantPage> {
    managed(await this.resources.find(resourceId), actor.principal);
    const name = `grants:${resourceId}`; // each resource has a list of its own
    const after = cursor === undefined ? undefined : decodeCursor(name, cursor);
    return toPage(
      name,
      await this.grants.list(resourceId, limit + 1, after),
      limit,
      (grant) => ({ at: grant.createdAt, id: grant.id }),
      (grant) => GrantView.of(grant),
    );
  }

  /**
   * @throws ResourceNotFound
   * @throws AccessDenied
   * @throws ValidationFailed for actions that the resource does not have and for an end that is over.
   * @throws UnknownGrantee
   */
  async create(actor: SignedIn, resourceId: string, body: CreateGrant): Promise<GrantOfSomebody> {
    return this.database.transaction(async () => {
      const resource = managed(await this.resources.lock(resourceId), actor.principal);
      if (!body.actions.every((action) => resource.actions.includes(action))) {
        throw wrongField('/actions', 'unknown_action', 'must name actions of the resource');
      }
      const now = this.clock.now();
      const grant: GrantOfSomebody = {
        id: randomUUID(),
        resourceId,
        ...(await this.readGrantee(body.principal)),
        actions: body.actions,
        endsAt: body.endsAt === undefined ? null : readEnd(body.endsAt, now),
        createdBy: actor.principal.id,
        createdAt: now,
      };
      await this.insert(grant);
      await this.audit.record(actor, {
        action: 'grant.created',
        target: { type: 'resource', id: resourceId },
        detail: {
          grantId: grant.id,
          principal: body.principal,
          actions: grant.actions,
          endsAt: grant.endsAt,
        },
      });
      return grant;
    });
  }

  /** @throws ResourceNotFound @throws AccessDenied @throws GrantNotFound also for another resource's grant. */
  async delete(actor: SignedIn, resourceId: string, grantId: string): Promise<void> {
    await this.database.transaction(async () => {
      managed(await this.resources.lock(resourceId), actor.principal);
      const grant = await this.grants.find(resourceId, grantId);
      if (grant === undefined) throw new GrantNotFound();
      await this.grants.delete(grantId);
      await this.audit.record(actor, {
        action: 'grant.deleted',
        target: { type: 'resource', id: resourceId },
        detail: { grantId, principal: granteeOf(grant), actions: grant.actions },
      });
    });
  }

  /** @throws UnknownGrantee also for a principal of another type. */
  private async readGrantee({
    type,
    id,
  }: Grantee): Promise<Pick<GrantOfSomebody, 'principalId' | 'principalType' | 'roleName'>> {
    if (type === 'role') return { principalId: null, principalType: null, roleName: id };
    // The field takes names of roles too, and the column only what an id can be.
    if (!isUUID(id)) throw new UnknownGrantee();
    if ((await this.principals.standing(id))?.type !== type) throw new UnknownGrantee();
    return { principalId: id, principalType: type, roleName: null };
  }

  /** The foreign keys decide whether the grantee exists. */
  private async insert({ principalType: _, ...grant }: GrantOfSomebody): Promise<void> {
    try {
      await this.grants.insert(grant);
    } catch (error) {
      if (isMissingReference(error)) throw new UnknownGrantee({ cause: error });
      throw error;
    }
  }
}

/** The end in milliseconds since the epoch. @throws ValidationFailed unless it lies in the future. */
function readEnd(text: string, now: number): number {
  const end = Date.parse(text);
  // Turned round, since ISO 8601 has dates that Date does not read (weeks): those are NaN.
  if (!(end > now)) throw wrongField('/endsAt', 'past', 'must lie in the future');
  return end;
}
