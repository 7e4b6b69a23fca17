import type { UserClaims } from '../principals/user-claims.js';
import type { StatusClaim } from '../status-lists/status-reference.js';

/** Who acts in the name of the subject (RFC 8693 4.1), with what a revocation of the actor needs. */
export interface ActorClaim {
  /** The acting principal. */
  readonly sub: string;
  /** The credential with which the actor proved who it is. */
  readonly sid: string;
  /** Version of the actor's tokens at that time. */
  readonly ver: number;
}

export type { UserClaims };

/** The claims of an access token (RFC 9068), of these types; anything else is no token of ours. */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly sub: string;
  /** One text, never a list: some libraries read nothing else. */
  readonly aud: string;
  readonly exp: number;
  /** Left out when `ACCESS_TOKEN_NBF` is off. */
  readonly nbf?: number;
  readonly iat: number;
  /** 128 random bits in base64url. */
  readonly jti: string;
  /** Who asked for the token: a service account's id, or `signet` for sign-in with a password. */
  readonly client_id: string;
  /** The session; of a service's own token, the credential that it was issued to. */
  readonly sid: string;
  /** When, how and how surely a person proved who they are; a service's own token has none of the three. */
  readonly auth_time?: number;
  readonly amr?: readonly string[];
  /** Not in tokens that 0.1.0 issued: they are good until they end, so that an upgrade refuses nobody. */
  readonly acr?: string;
  readonly roles: readonly string[];
  readonly scope: string;
  /** Version of the principal's tokens; below the least accepted one the token is refused. */
  readonly ver: number;
  readonly act?: ActorClaim;
  /** Where others find out whether the session, or the credential, was revoked; absent without status lists. */
  readonly status?: StatusClaim;
  readonly user_claims?: UserClaims;
}

const ID_MAX = 64;

/** Whether the token is a service's own (RFC 9068 2.2: then the subject is the client). */
export function isOfService({ sub, client_id }: Pick<AccessTokenClaims, 'sub' | 'client_id'>) {
  return sub === client_id;
}

type Candidates = Readonly<Record<keyof AccessTokenClaims, unknown>>;

/** What each claim must be. */
const CHECKS: {
  readonly [Name in keyof AccessTokenClaims]-?: (value: unknown, all: Candidates) => boolean;
} = {
  iss: isText,
  sub: isId,
  aud: isText,
  exp: isSeconds,
  nbf: (value) => isAbsentOr(isSeconds, value),
  iat: isSeconds,
  jti: isId,
  client_id: isId,
  sid: isId,
  auth_time: (value, all) => isOfPerson(isSeconds, value, all),
  amr: (value, all) => isOfPerson(isTexts, value, all),
  acr: (value, all) => isOfPerson((text) => isAbsentOr(isText, text), value, all),
  roles: isTexts,
  scope: (value) => typeof value === 'string',
  ver: isSeconds,
  act: (value) => isAbsentOr(isActor, value),
  status: (value) => isAbsentOr(isStatus, value),
  user_claims: (value) => isAbsentOr(isObject, value),
};
const NAMES = Object.keys(CHECKS) as (keyof AccessTokenClaims)[]; // its type says so

/** Reads claims out of a payload whose signature was good; undefined when one is missing or of the wrong type. */
export function readClaims(payload: unknown): AccessTokenClaims | undefined {
  if (!isObject(payload)) return undefined;
  const claims = payload as Candidates; // of any value, until it is checked
  return NAMES.every((name) => CHECKS[name](claims[name], claims))
    ? (payload as AccessTokenClaims) // every member was checked
    : undefined;
}

/** The names of the claims that are missing or of the wrong type. */
export function wrongClaims(payload: object): readonly string[] {
  const claims = payload as Candidates; // of any value, until it is checked
  return NAMES.filter((name) => !CHECKS[name](claims[name], claims));
}

/** A person's token says it, a service's own one does not. */
function isOfPerson(
  is: (value: unknown) => boolean,
  value: unknown,
  { sub, client_id }: Candidates,
): boolean {
  return sub === client_id ? value === undefined : is(value);
}

function isActor(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { sub, sid, ver } = value as Record<keyof ActorClaim, unknown>; // checked here
  return isId(sub) && isId(sid) && isSeconds(ver);
}

function isStatus(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { status_list: list } = value as Record<keyof StatusClaim, unknown>; // checked here
  if (!isObject(list)) return false;
  const { idx, uri } = list as Record<keyof StatusClaim['status_list'], unknown>; // likewise
  return isSeconds(idx) && isText(uri);
}

function isAbsentOr(is: (value: unknown) => boolean, value: unknown): boolean {
  return value === undefined || is(value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isId(value: unknown): value is string {
  return isText(value) && value.length <= ID_MAX;
}

/** A NumericDate as we issue it: whole, not negative, and of a size that no arithmetic can break. */
function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}
