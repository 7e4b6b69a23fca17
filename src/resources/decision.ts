import type { Standing } from '../principals/standing.js';
import type { Grant } from './grant.entity.js';
import type { Resource } from './resource.entity.js';

export const REASON_CODES = [
  'owner',
  'granted',
  'role',
  'no_grant',
  'grant_ended',
  'unknown_action',
  'unknown_principal',
  'principal_disabled',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

/** Why something is allowed or not: for programs, and for the person who wonders. */
export interface Reason {
  readonly code: ReasonCode;
  /** A sentence. */
  readonly text: string;
  /** The grant that decided. */
  readonly grantId?: string;
  /** The role through which the grant applies. */
  readonly role?: string;
  /** When the grant ended; milliseconds since the epoch. */
  readonly endedAt?: number;
}

export interface Decision {
  readonly allowed: boolean;
  readonly reason: Reason;
}

/** Who wants to do what with which resource, and all that is known about it now. */
export interface Question {
  readonly resource: Pick<Resource, 'identifier' | 'ownerId' | 'actions'>;
  readonly action: string;
  readonly principalId: string;
  /** Undefined when there is no such principal. */
  readonly standing: Pick<Standing, 'status' | 'roles'> | undefined;
  readonly grants: readonly Grant[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The same without an action: what may they do at all? */
export type Situation = Omit<Question, 'action'>;

/** An action that somebody may do now. */
export interface GrantedAction {
  readonly action: string;
  /** The roles through which a grant allows it; none for the owner and for a grant of one's own. */
  readonly roles: readonly string[];
  /** When the last of the grants that allow it ends; milliseconds since the epoch. Null: no end. */
  readonly endsAt: number | null;
}

/** All actions of the resource that `decide` allows, in the resource's order. */
export function grantedActions(situation: Situation): readonly GrantedAction[] {
  const { resource, principalId } = situation;
  return resource.actions.flatMap((action) => {
    const question = { ...situation, action };
    if (!decide(question).allowed) return [];
    const live = naming(question).filter((grant) => isLive(grant, situation.now));
    const ends = live.flatMap(({ endsAt }) => (endsAt === null ? [] : [endsAt]));
    const isEndless = resource.ownerId === principalId || ends.length < live.length;
    return [
      {
        action,
        roles: [...new Set(live.flatMap(({ roleName }) => (roleName === null ? [] : [roleName])))],
        endsAt: isEndless ? null : Math.max(...ends),
      },
    ];
  });
}

/**
 * Decides by what is stored now, not by what a token says.
 *
 * Allowed are the owner, who may do everything, and whoever has a grant that names the action and has
 * not ended. Nothing else is: `resources:manage` and the role `admin` manage the registry's entry, and
 * whoever manages an entry can give a grant, which leaves a trace; they do not act on other teams'
 * resources by themselves.
 */
export function decide(question: Question): Decision {
  const { resource, action, principalId, standing } = question;
  if (!resource.actions.includes(action)) {
    return refused('unknown_action', `${resource.identifier} has no action "${action}".`);
  }
  if (standing === undefined) return refused('unknown_principal', 'There is no such principal.');
  if (standing.status !== 'active')
    return refused('principal_disabled', 'The principal is disabled.');
  if (resource.ownerId === principalId) {
    return allowed(
      'owner',
      `The principal owns ${resource.identifier} and may do everything with it.`,
    );
  }
  return decideByGrants(question);
}

function decideByGrants(question: Question): Decision {
  const { resource, action, now } = question;
  const all = naming(question);
  const live = all.filter((grant) => isLive(grant, now));
  // The principal's own grant says more than one that a whole role has.
  const grant = live.find(({ roleName }) => roleName === null) ?? live[0];
  if (grant !== undefined) {
    const { id: grantId, roleName: role } = grant;
    return role === null
      ? allowed('granted', `A grant gives the principal "${action}".`, { grantId })
      : allowed(
          'role',
          `A grant gives "${action}" to the role "${role}", which the principal has.`,
          {
            grantId,
            role,
          },
        );
  }
  const ended = all.flatMap(({ id, roleName, endsAt }) =>
    endsAt === null ? [] : [{ id, roleName, endsAt }],
  );
  const [last] = ended.sort((a, b) => b.endsAt - a.endsAt);
  if (last !== undefined) {
    const at = new Date(last.endsAt).toISOString();
    return refused('grant_ended', `The grant that gave "${action}" ended at ${at}.`, {
      grantId: last.id,
      ...(last.roleName === null ? {} : { role: last.roleName }),
      endedAt: last.endsAt,
    });
  }
  return refused(
    'no_grant',
    `Neither the principal nor a role of theirs has a grant on ${resource.identifier} that names "${action}".`,
  );
}

/** The grants that name the action and are for the principal, ended ones too. */
function naming({ action, principalId, standing, grants }: Question): readonly Grant[] {
  return grants.filter(
    ({ actions, principalId: grantee, roleName }) =>
      actions.includes(action) &&
      (grantee === principalId ||
        (roleName !== null && standing?.roles.includes(roleName) === true)),
  );
}

function isLive({ endsAt }: Grant, now: number): boolean {
  return endsAt === null || endsAt > now;
}

type Particulars = Omit<Reason, 'code' | 'text'>;

function allowed(code: ReasonCode, text: string, particulars: Particulars = {}): Decision {
  return { allowed: true, reason: { code, text, ...particulars } };
}

function refused(code: ReasonCode, text: string, particulars: Particulars = {}): Decision {
  return { allowed: false, reason: { code, text, ...particulars } };
}
