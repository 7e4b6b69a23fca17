import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import type { PrincipalType, SignedIn } from '../../access/principal.js';
import { AuditService } from '../../audit/audit.service.js';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { Database } from '../../platform/database/database.js';
import { expectVersion } from '../../platform/http/etag.js';
import { ValidationFailed } from '../../platform/http/problems.js';
import { ClaimsStore } from '../../principals/claims-store.js';
import type { VersionedClaims } from '../../principals/claims-store.js';
import { PrincipalsService } from '../../principals/principals.service.js';
import { RevocationFeed } from '../../revocation/revocation-feed.js';
import type { UserClaims } from '../../principals/user-claims.js';
import { RolesService } from '../../roles/roles.service.js';
import { expectManageable } from '../user-power.js';
import { claimsErrors } from './claims-policy.js';

/** What the audit log calls the two kinds of principals. */
const AUDIT_TYPES: Readonly<Record<PrincipalType, string>> = {
  user: 'user',
  service: 'service-account',
};

/** Custom claims: what administrators want tokens of a principal to say besides. */
@Injectable()
export class ClaimsService {
  constructor(
    private readonly store: ClaimsStore,
    private readonly principals: PrincipalsService,
    private readonly roles: RolesService,
    private readonly feed: RevocationFeed,
    private readonly audit: AuditService,
    private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Undefined when there is no principal of that kind and id. */
  async get(type: PrincipalType, id: string): Promise<VersionedClaims | undefined> {
    const standing = await this.principals.standing(id);
    return standing?.type === type ? this.store.find(id) : undefined;
  }

  /**
   * Replaces all claims; an empty object removes them. What is added comes with the next token. When
   * something is removed or changed, tokens that still say it are refused: whoever reads a claim decides
   * by it as by a role.
   *
   * @param seen the version that the caller saw.
   * @returns undefined when there is no principal of that kind and id.
   * @throws AccessDenied for an administrator, unless the caller is one.
   * @throws PreconditionFailed
   * @throws ValidationFailed
   * @throws TokenTooLarge when the largest token of the principal would be.
   */
  async set(
    actor: SignedIn,
    type: PrincipalType,
    id: string,
    seen: number | undefined,
    body: unknown,
  ): Promise<VersionedClaims | undefined> {
    const claims = this.judged(body);
    const set = await this.database.transaction(async () => {
      await this.principals.lockPowers();
      await this.principals.lock(id);
      const standing = await this.principals.standing(id);
      if (standing?.type !== type) return undefined;
      expectManageable(actor.principal, standing);
      const before = await this.store.find(id);
      expectVersion(before.version, seen);
      await this.roles.expectFit(standing.roles, claims);
      const after = await this.store.replace(id, before, claims);
      await this.audit.record(actor, {
        action: 'claims.set',
        target: { type: AUDIT_TYPES[type], id },
        detail: { before: Object.keys(before.claims), after: Object.keys(claims) },
      });
      const hasEnded = isLess(before.claims, claims);
      if (hasEnded) await this.principals.outdateTokens(actor, 'claims_changed', [id]);
      return { after, hasEnded };
    });
    if (set?.hasEnded === false) await this.feed.expectToKnow();
    return set?.after;
  }

  /** @throws ValidationFailed */
  private judged(body: unknown): UserClaims {
    const errors = claimsErrors(body);
    const all = errors.length > 0 ? errors : (this.settings.userClaimsSchema?.errorsOf(body) ?? []);
    if (all.length > 0) throw new ValidationFailed({ errors: all });
    return body as UserClaims; // it is an object, or there was an error
  }
}

/** Whether tokens of before say something that does not hold any more. */
function isLess(before: UserClaims, after: UserClaims): boolean {
  return Object.entries(before).some(([name, value]) => !isDeepStrictEqual(value, after[name]));
}
