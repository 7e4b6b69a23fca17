import { Inject, Injectable } from '@nestjs/common';
import { holds } from '../../access/principal.js';
import type { SignedIn } from '../../access/principal.js';
import { AuditLog } from '../../audit/audit-log.js';
import type { AuditEventView } from '../../audit/audit.dto.js';
import { AuditService } from '../../audit/audit.service.js';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { wrongField } from '../../platform/http/problems.js';
import { PrincipalsService } from '../../principals/principals.service.js';
import type { Standing } from '../../principals/standing.js';
import { TokenVerifier } from '../../tokens/token-verifier.js';
import type { Inspection, StepResult } from '../../tokens/token-verifier.js';
import type { VerifiedToken } from '../../tokens/verified-token-cache.js';
import { PrincipalNames } from '../principal-names.js';
import { RevocationHitView } from './explain.dto.js';
import type {
  ExplainRequest,
  ExplainedStep,
  Explanation,
  HolderView,
  Outcome,
  Verdict,
} from './explain.dto.js';
import { FactFinder } from './fact-finder.js';
import type { Facts } from './facts.js';
import { narrate } from './narration.js';
import { ResourceAdmission } from './resource-admission.js';
import { RouteAdmission } from './route-admission.js';
import { bareToken, shownToken } from './shown-token.js';

const SKIPPED = 'Not looked at: an earlier step found nothing to go on with.';

/** What happened around a token, at the most. */
const EVENTS_MAX = 20;

/** Tells administrators what everybody else must not learn: why a token is refused. */
@Injectable()
export class ExplainService {
  constructor(
    private readonly verifier: TokenVerifier,
    private readonly facts: FactFinder,
    private readonly principals: PrincipalsService,
    private readonly names: PrincipalNames,
    private readonly routes: RouteAdmission,
    private readonly resources: ResourceAdmission,
    private readonly auditLog: AuditLog,
    private readonly audit: AuditService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @throws ValidationFailed for a route and a resource at once, and for an action without a resource. */
  async explain(actor: SignedIn, request: ExplainRequest): Promise<Explanation> {
    const { route, resource, action } = expectOneTarget(request);
    const token = bareToken(request.token);
    const audiences = resource === undefined ? this.settings.acceptedAudiences : [resource];
    const inspection = this.verifier.inspect(token, audiences);
    const { verified } = inspection.attempt;
    const shown = shownToken(token);
    const facts = await this.facts.find(inspection, shown);
    const verdict = verdictOf(inspection.steps);
    const principal = verified?.principal;
    const standing =
      principal === undefined ? undefined : await this.principals.standing(principal.id);
    const holder = principal === undefined ? undefined : { principal, standing };
    const accepted = verdict === 'accepted';
    const explanation = {
      verdict,
      steps: tell(inspection, facts),
      trusted: verified !== undefined,
      header: shown.header,
      claims: shown.claims,
      holder: verified === undefined ? null : await this.holderOf(verified, standing),
      revocations: facts.revocations.map((hit) => RevocationHitView.of(hit)),
      events: await this.eventsAround(actor, verified, facts),
      ...(route === undefined ? {} : { route: this.routes.judge(route, holder, accepted) }),
      ...(resource === undefined
        ? {}
        : { resource: await this.resources.judge(resource, action, principal, accepted) }),
    };
    await this.record(actor, verified);
    return explanation;
  }

  /** Whose token it was, and nothing of the token: the audit log is read by others. */
  private record(actor: SignedIn, verified: VerifiedToken | undefined): Promise<void> {
    return this.audit.record(actor, {
      action: 'token.explained',
      // What nobody vouches for could name anybody.
      ...(verified === undefined
        ? {}
        : {
            target: { type: 'token', id: verified.claims.jti },
            detail: { sub: verified.claims.sub },
          }),
    });
  }

  private async holderOf(
    { principal: { id, type } }: VerifiedToken,
    standing: Standing | undefined,
  ): Promise<HolderView> {
    const name = (await this.names.of([id])).get(id)?.name;
    return {
      id,
      type,
      ...(name === undefined ? {} : { name }),
      status: standing?.status ?? 'gone',
      roles: standing?.roles ?? [],
      permissions: standing?.permissions ?? [],
    };
  }

  private async eventsAround(
    { principal }: SignedIn,
    verified: VerifiedToken | undefined,
    { compromisedKid }: Facts,
  ): Promise<readonly AuditEventView[]> {
    if (!holds(principal, ['audit:read'])) return [];
    // All of the key's life: nobody vouches for when the token was issued.
    if (compromisedKid !== undefined) return this.auditLog.about([compromisedKid], 0, EVENTS_MAX);
    if (verified === undefined) return [];
    const { jti, sid, sub, kid, act } = verified.revocable;
    const ids = [jti, sid, sub, kid, ...(act === undefined ? [] : [act.sub, act.sid])];
    // Clocks of replicas differ by no more than the leeway, and `iat` has lost its milliseconds.
    const since = verified.claims.iat * 1000 - this.settings.clockLeeway;
    return this.auditLog.about(ids, since, EVENTS_MAX);
  }
}

/** @throws ValidationFailed */
function expectOneTarget(request: ExplainRequest): ExplainRequest {
  const { route, resource, action } = request;
  if (route !== undefined && resource !== undefined)
    throw wrongField('/resource', 'ambiguous', "must not stand beside a route, which is Signet's");
  if (action !== undefined && resource === undefined)
    throw wrongField('/action', 'ambiguous', 'needs the resource that it is an action of');
  return request;
}

/** What a guard does: it stops at the first fault. */
function verdictOf(steps: readonly StepResult[]): Verdict {
  const first = steps.find(({ fault }) => fault !== undefined);
  if (first === undefined) return 'accepted';
  return first.fault === 'stale' ? 'unknown' : 'refused';
}

function tell({ attempt, steps }: Inspection, facts: Facts): readonly ExplainedStep[] {
  return steps.map((result) => ({
    step: result.step,
    outcome: outcomeOf(result, facts),
    text: result.skipped ? SKIPPED : narrate(result.step, result.fault, attempt, facts),
  }));
}

function outcomeOf({ step, fault, skipped }: StepResult, facts: Facts): Outcome {
  if (skipped) return 'skipped';
  if (fault !== undefined) return fault === 'stale' ? 'unknown' : 'failed';
  // Let in all the same where failing open is configured, but nobody knows.
  return step === 'revocation' && facts.staleness > facts.stalenessMax ? 'unknown' : 'passed';
}
