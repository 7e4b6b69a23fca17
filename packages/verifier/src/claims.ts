/** Who acts in the name of the subject (RFC 8693 4.1). */
export interface ActorClaim {
  /** The acting service account. */
  readonly sub: string;
  /** The credential with which it proved who it is. */
  readonly sid: string;
  /** Version of its tokens at that time. */
  readonly ver: number;
}

/** Where a token's status is (draft-ietf-oauth-status-list 6.2). */
export interface StatusClaim {
  readonly status_list: { readonly idx: number; readonly uri: string };
}

/** What an administrator wants tokens of a principal to say besides. */
export type UserClaims = Readonly<Record<string, unknown>>;

/** The claims of Signet's access tokens (RFC 9068), of these types; anything else is none of them. */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly exp: number;
  readonly nbf?: number;
  readonly iat: number;
  readonly jti: string;
  /** Who asked for the token: a service account's id, or `signet` for sign-in with a password. */
  readonly client_id: string;
  /** The session; of a service's own token, the credential that it was issued to. */
  readonly sid: string;
  /** When, how and how surely a person proved who they are; a service's own token has none of the three. */
  readonly auth_time?: number;
  readonly amr?: readonly string[];
  readonly acr?: string;
  readonly roles: readonly string[];
  readonly scope: string;
  /** Version of the principal's tokens; revocation compares it. */
  readonly ver: number;
  readonly act?: ActorClaim;
  /** Of the session, or the credential; absent without status lists. */
  readonly status?: StatusClaim;
  readonly user_claims?: UserClaims;
}

/** The issuer gives no longer ids than this. */
const ID_MAX = 64;

/**
 * Reads claims out of a payload whose signature was good; undefined when one is missing or of the wrong
 * type. The same rules as the issuer's own reader; drift.spec.ts holds the two against each other.
 */
export function readClaims(payload: unknown): AccessTokenClaims | undefined {
  if (!isObject(payload)) return undefined;
  const claims = payload as Record<keyof AccessTokenClaims, unknown>; // every member is checked below
  const fine =
    isText(claims.iss) &&
    isId(claims.sub) &&
    isText(claims.aud) &&
    isCount(claims.exp) &&
    isAbsentOr(isCount, claims.nbf) &&
    isCount(claims.iat) &&
    isId(claims.jti) &&
    isId(claims.client_id) &&
    isId(claims.sid) &&
    isAuthentication(claims) &&
    isTexts(claims.roles) &&
    typeof claims.scope === 'string' &&
    isCount(claims.ver) &&
    isAbsentOr(isActor, claims.act) &&
    isAbsentOr(isStatus, claims.status) &&
    isAbsentOr(isObject, claims.user_claims);
  return fine ? (payload as AccessTokenClaims) : undefined;
}

function isAuthentication(claims: Record<keyof AccessTokenClaims, unknown>): boolean {
  const { auth_time: time, amr, acr, sub, client_id: client } = claims;
  if (sub === client) return time === undefined && amr === undefined && acr === undefined;
  return isCount(time) && isTexts(amr) && isAbsentOr(isText, acr); // 0.1.0 says no acr
}

function isActor(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { sub, sid, ver } = value as Record<keyof ActorClaim, unknown>; // checked here
  return isId(sub) && isId(sid) && isCount(ver);
}

function isStatus(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { status_list: list } = value as Record<keyof StatusClaim, unknown>; // checked here
  if (!isObject(list)) return false;
  const { idx, uri } = list as Record<keyof StatusClaim['status_list'], unknown>; // likewise
  return isCount(idx) && isText(uri);
}

function isAbsentOr(is: (value: unknown) => boolean, value: unknown): boolean {
  return value === undefined || is(value);
}

/** Whether this is a JSON object, no list and not null. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isId(value: unknown): value is string {
  return isText(value) && value.length <= ID_MAX;
}

/** Whole, not negative, and of a size that no arithmetic can break. */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}
