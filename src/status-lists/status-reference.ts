/** Indexes of one list: 16 KiB of bits before they are compressed. */
export const LIST_LENGTH = 131_072;

/** Where the lists are, below the issuer. */
export const STATUS_LISTS_PATH = 'v1/status-lists';

/** As long as it gets, for what is only measured: the last of a hundred million lists. */
export const ANY_STATUS_INDEX = LIST_LENGTH * 100_000_000 - 1;

/** How a token says where its status is (draft-ietf-oauth-status-list 6.2). */
export interface StatusClaim {
  readonly status_list: { readonly idx: number; readonly uri: string };
}

/** The number of the list that an index is in. */
export function listOf(index: number): number {
  return Math.floor(index / LIST_LENGTH);
}

/** The address of a list, which is its `sub`, too. */
export function listUri(issuer: string, list: number): string {
  return `${issuer}/${STATUS_LISTS_PATH}/${list}`;
}

/** What the tokens of a session or credential with that index say. */
export function statusClaim(issuer: string, index: number): StatusClaim {
  return { status_list: { idx: index % LIST_LENGTH, uri: listUri(issuer, listOf(index)) } };
}
