/** The claims of an access token (RFC 9068), all present and of these types; anything else is no token of ours. */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly exp: number;
  readonly nbf: number;
  readonly iat: number;
  /** 128 random bits in base64url. */
  readonly jti: string;
  readonly client_id: string;
  readonly sid: string;
  readonly auth_time: number;
  readonly amr: readonly string[];
  readonly roles: readonly string[];
  readonly scope: string;
  /** Version of the principal's tokens; below the least accepted one the token is refused. */
  readonly ver: number;
}

const ID_MAX = 64;

/** Reads claims out of a payload whose signature was good; undefined when one is missing or of the wrong type. */
export function readClaims(payload: unknown): AccessTokenClaims | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const claims = payload as Record<keyof AccessTokenClaims, unknown>; // every member is checked below
  const fine =
    isText(claims.iss) &&
    isId(claims.sub) &&
    isText(claims.aud) &&
    isSeconds(claims.exp) &&
    isSeconds(claims.nbf) &&
    isSeconds(claims.iat) &&
    isId(claims.jti) &&
    isId(claims.client_id) &&
    isId(claims.sid) &&
    isSeconds(claims.auth_time) &&
    isTexts(claims.amr) &&
    isTexts(claims.roles) &&
    typeof claims.scope === 'string' &&
    isSeconds(claims.ver);
  return fine ? (claims as AccessTokenClaims) : undefined;
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
