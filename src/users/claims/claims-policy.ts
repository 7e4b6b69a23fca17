import type { FieldError } from '../../platform/http/problem.js';
import { escapePointer } from '../../platform/json-schema.js';

/** Levels of objects and lists, the claims themselves being the first. */
export const CLAIMS_DEPTH_MAX = 5;
/** Members of objects and items of lists, on all levels together. */
export const CLAIMS_MEMBERS_MAX = 50;

const TOP_NAME = /^[a-z][a-z0-9_]{0,63}$/;
const NAME_MAX = 64;

/**
 * Claims that mean something already, to Signet or to a standard: whoever unpacks the claims beside them
 * would take what an administrator wrote for what Signet vouches for. RFC 7519 4.1, RFC 9068 2.2,
 * RFC 8693 4, RFC 7800 3.1, OpenID Connect Core 2 and 5.1, Token Status List, and ours.
 */
export const RESERVED_CLAIMS: ReadonlySet<string> = new Set(
  [
    'iss sub aud exp nbf iat jti',
    'client_id sid auth_time amr acr roles scope ver act user_claims permissions',
    'groups entitlements may_act cnf status azp nonce at_hash c_hash s_hash sub_jwk scp events toe txn',
    'name given_name family_name middle_name nickname preferred_username profile picture website',
    'email email_verified gender birthdate zoneinfo locale phone_number phone_number_verified address',
    'updated_at typ alg kid crit authorization_details sub_id vct',
  ].flatMap((names) => names.split(' ')),
);

/** Names that reach a prototype in whoever copies members without care. */
const DANGEROUS = new Set(['__proto__', 'constructor', 'prototype']);

/** What is wrong with custom claims, whatever the installation's schema says; values are never repeated. */
export function claimsErrors(claims: unknown): readonly FieldError[] {
  if (!isObject(claims)) return [fault('', 'object', 'must be a JSON object')];
  const errors = Object.keys(claims).flatMap((name) => {
    const pointer = `/${escapePointer(name)}`;
    if (RESERVED_CLAIMS.has(name)) return [fault(pointer, 'reserved', 'is a name that is taken')];
    if (TOP_NAME.test(name)) return [];
    return [fault(pointer, 'name', `must have a name like ${TOP_NAME.source}`)];
  });
  return [...errors, ...new Walk().errorsOf(claims)];
}

/** Goes through all levels, and stops at what nobody should go through. */
class Walk {
  private members = 0;
  private readonly errors: FieldError[] = [];

  errorsOf(claims: object): readonly FieldError[] {
    this.visit(claims, '', 1);
    if (this.members > CLAIMS_MEMBERS_MAX) {
      const detail = `must have at most ${CLAIMS_MEMBERS_MAX} members and items, on all levels together`;
      return [fault('', 'members', detail)];
    }
    return this.errors;
  }

  private visit(value: unknown, pointer: string, level: number): void {
    if (typeof value === 'object' && value !== null) {
      if (level > CLAIMS_DEPTH_MAX) {
        this.add(pointer, 'depth', `must be within ${CLAIMS_DEPTH_MAX} levels`);
        return;
      }
      for (const [name, member] of Object.entries(value)) {
        if (++this.members > CLAIMS_MEMBERS_MAX) return;
        const at = `${pointer}/${escapePointer(name)}`;
        if (!isSafeName(name)) this.add(at, 'name', 'must have another name');
        this.visit(member, at, level + 1);
      }
    } else if (typeof value === 'string') {
      if (!value.isWellFormed()) this.add(pointer, 'text', 'must be well-formed Unicode');
    } else if (typeof value === 'number' && !isExact(value)) {
      this.add(
        pointer,
        'number',
        'must be a number that JSON carries exactly; else write it as text',
      );
    }
  }

  private add(pointer: string, code: string, detail: string): void {
    this.errors.push(fault(pointer, code, detail));
  }
}

function isSafeName(name: string): boolean {
  return name !== '' && name.length <= NAME_MAX && name.isWellFormed() && !DANGEROUS.has(name);
}

/** Not 1e999, which JSON.parse takes for infinity, and no whole number that was rounded when it was read. */
function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fault(pointer: string, code: string, detail: string): FieldError {
  return { pointer, code, detail };
}
