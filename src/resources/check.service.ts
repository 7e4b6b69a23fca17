import { Injectable } from '@nestjs/common';
import { AccessDenied } from '../access/access.errors.js';
import { holds } from '../access/principal.js';
import type { Principal, PrincipalType } from '../access/principal.js';
import { Clock } from '../platform/clock.js';
import { PrincipalsService } from '../principals/principals.service.js';
import type { Standing } from '../principals/standing.js';
import type { CheckRequest } from './check.dto.js';
import { decide } from './decision.js';
import type { Decision, Question } from './decision.js';
import { GrantsRepository } from './grants.repository.js';
import { mayManage } from './ownership.js';
import type { Resource } from './resource.entity.js';
import { ResourceNotFound } from './resources.errors.js';
import { ResourcesRepository } from './resources.repository.js';

/** Answers whether somebody may do something with a resource, and why. */
@Injectable()
export class CheckService {
  constructor(
    private readonly resources: ResourcesRepository,
    private readonly grants: GrantsRepository,
    private readonly principals: PrincipalsService,
    private readonly clock: Clock,
  ) {}

  /**
   * Everyone may ask about themselves; about others, who manages the resource or holds `resources:check`.
   *
   * @throws ResourceNotFound
   * @throws AccessDenied
   */
  async check(
    caller: Principal,
    resourceId: string,
    { principal, action }: CheckRequest,
  ): Promise<Decision> {
    const principalId = principal?.id ?? caller.id;
    const resource = await this.resources.find(resourceId);
    if (resource === null) throw new ResourceNotFound();
    if (
      principalId !== caller.id &&
      !mayManage(caller, resource) &&
      !holds(caller, ['resources:check'])
    ) {
      throw new AccessDenied(
        'asking about others needs to be the owner, or the permission resources:check',
      );
    }
    return this.decide(resource, principalId, action, principal?.type);
  }

  /** The same, for callers that may know about everybody. */
  async decide(
    resource: Question['resource'] & Pick<Resource, 'id'>,
    principalId: string,
    action: string,
    type?: PrincipalType,
  ): Promise<Decision> {
    const standing = await this.standingOf(principalId, type);
    const grants =
      standing === undefined
        ? []
        : await this.grants.concerning(resource.id, principalId, standing.roles);
    return decide({ resource, action, principalId, standing, grants, now: this.clock.now() });
  }

  /** Undefined when there is none of the id, or one of another type than the question says. */
  private async standingOf(id: string, type?: PrincipalType): Promise<Standing | undefined> {
    const standing = await this.principals.standing(id);
    return type === undefined || standing?.type === type ? standing : undefined;
  }
}
