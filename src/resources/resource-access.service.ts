import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, isOwnAudience } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { Clock } from '../platform/clock.js';
import { PrincipalsService } from '../principals/principals.service.js';
import type { Standing } from '../principals/standing.js';
import { grantedActions } from './decision.js';
import type { GrantedAction } from './decision.js';
import { GrantsRepository } from './grants.repository.js';
import { ResourcesRepository } from './resources.repository.js';
import type { ResourceForToken } from './resources.repository.js';

/** What somebody may do with a resource now, and what their tokens for it may say. */
export interface ResourceAccess {
  readonly resource: ResourceForToken;
  /** Undefined when there is no such principal; then, as for a disabled one, nothing is allowed. */
  readonly standing: Standing | undefined;
  /** What they may do, in the order of the resource's actions: all of it for the owner, else what live grants name. */
  readonly actions: readonly string[];
  /** Those of their roles through which a live grant allows one of the actions. */
  readonly roles: readonly string[];
  /**
   * How long a token that says so may live; milliseconds from `asOf`. The resource's own lifetime or
   * `ACCESS_TOKEN_TTL`, never above `ACCESS_TOKEN_MAX_TTL`, and not beyond the end of a grant that it
   * rests on.
   */
  readonly lifetime: number;
  /** When all this was read, at the latest; milliseconds since the epoch. For `TokenGrant.asOf`. */
  readonly asOf: number;
  /**
   * The same for some of the actions only: a token that is asked for less says less, and a grant that
   * is about to end does not shorten one that does not need it.
   */
  narrowedTo(actions: readonly string[]): ResourceAccess;
}

/** Answers what somebody may do with a resource: asked for each token that is issued for one. */
@Injectable()
export class ResourceAccessService {
  constructor(
    private readonly resources: ResourcesRepository,
    private readonly grants: GrantsRepository,
    private readonly principals: PrincipalsService,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Three queries, each by an index. Undefined when no resource has that identifier.
   *
   * @param identifier compared byte for byte.
   * @param known how the principal stands, when that was read for the same token already.
   */
  async accessOf(
    identifier: string,
    principalId: string,
    known?: Standing,
  ): Promise<ResourceAccess | undefined> {
    const now = this.clock.now();
    const resource = await this.find(identifier);
    if (resource === undefined) return undefined;
    const standing = known ?? (await this.principals.standing(principalId));
    const grants =
      standing === undefined
        ? []
        : await this.grants.concerning(resource.id, principalId, standing.roles);
    const granted = grantedActions({ resource, principalId, standing, grants, now });
    return this.toAccess({ resource, standing, asOf: now }, granted.filter(lastsASecond(now)));
  }

  /** Whether the principal owns the resource; nobody owns one that is not there. One query. */
  async isOwner(identifier: string, principalId: string): Promise<boolean> {
    const resource = await this.find(identifier);
    return resource?.ownerId === principalId;
  }

  /**
   * A resource with a name of Signet's own is none, however it came to have that: its actions, put into
   * `scope`, would be permissions.
   */
  private async find(identifier: string): Promise<ResourceForToken | undefined> {
    if (isOwnAudience(this.settings, identifier)) return undefined;
    return this.resources.findForToken(identifier);
  }

  private toAccess(
    facts: Pick<ResourceAccess, 'resource' | 'standing' | 'asOf'>,
    granted: readonly GrantedAction[],
  ): ResourceAccess {
    const { resource, asOf } = facts;
    const { accessTokenTtl, accessTokenMaxTtl } = this.settings;
    // The cap may have been lowered since the resource was registered.
    const own = resource.tokenTtl === null ? accessTokenTtl : resource.tokenTtl * 1000;
    const ends = granted.flatMap(({ endsAt }) => (endsAt === null ? [] : [endsAt - asOf]));
    return {
      ...facts,
      actions: granted.map(({ action }) => action),
      roles: [...new Set(granted.flatMap(({ roles }) => roles))].sort(),
      lifetime: Math.min(own, accessTokenMaxTtl, ...ends),
      narrowedTo: (actions) =>
        this.toAccess(
          facts,
          granted.filter(({ action }) => actions.includes(action)),
        ),
    };
  }
}

/** Tokens count whole seconds: what ends within this one would give a token that is over already. */
const lastsASecond =
  (now: number) =>
  ({ endsAt }: GrantedAction): boolean =>
    endsAt === null || endsAt - now >= 1000;
