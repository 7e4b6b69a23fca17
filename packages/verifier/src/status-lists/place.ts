import type { AccessTokenClaims } from '../claims.js';
import { TokenRejected } from '../errors.js';

/** Where the lists are, below the issuer. */
const PATH = '/v1/status-lists/';
const NUMBER = /^(?:0|[1-9]\d{0,9})$/;

/** Where a token's status is. */
export interface Place {
  readonly list: number;
  readonly index: number;
}

export function digestUri(issuer: string): string {
  return `${issuer}${PATH}digest`;
}

export function namedUri(issuer: string): string {
  return `${issuer}${PATH}named`;
}

/** The address of a list of the issuer. */
export function listUri(issuer: string, list: number): string {
  return `${issuer}${PATH}${list}`;
}

/**
 * Where the token says its status is. Only below the issuer, and only in the form that Signet gives: what a
 * token says is asked nowhere else.
 *
 * @throws TokenRejected when it says nothing, or something else.
 */
export function placeOf({ status }: AccessTokenClaims, issuer: string): Place {
  const { uri, idx: index } = status?.status_list ?? {};
  const base = `${issuer}${PATH}`;
  const number = uri?.startsWith(base) === true ? uri.slice(base.length) : '';
  if (uri === undefined || index === undefined || !NUMBER.test(number)) {
    throw new TokenRejected('unknown_status');
  }
  return { list: Number(number), index };
}
