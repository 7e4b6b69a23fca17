import { constants, deflateSync } from 'node:zlib';
import type { NamedRevocations } from '../revocation/revocation-index.js';
import { STATUS_LISTS_PATH, listUri } from './status-reference.js';

/** What the documents are, apart from who keeps and signs them: the mock issuer of packages/testing does the same. */

/** `typ` of each document, and with `application/` before it its media type. */
export const LIST_TYPE = 'statuslist+jwt';
export const DIGEST_TYPE = 'signet-digest+jwt';
export const NAMED_TYPE = 'signet-named+jwt';

/**
 * All that there is to find in a list are runs of zeros. To look for nothing else takes 0.3 ms instead of 7
 * where one in a hundred is revoked, and is as small: 1,991 bytes against 1,869; of one in ten, smaller.
 */
const COMPRESSION = { level: 9, strategy: constants.Z_RLE };

/** From whom a document is, and for how long. Milliseconds. */
export interface Validity {
  readonly issuer: string;
  /** Everything that was committed before this moment is in it. */
  readonly asOf: number;
  readonly ttl: number;
  readonly lifetime: number;
}

/** A document before it is signed. */
export interface Document {
  readonly type: string;
  /** Everything up to this revision is in it. */
  readonly revision: number;
  readonly claims: object;
}

export function digestUri(issuer: string): string {
  return `${issuer}/${STATUS_LISTS_PATH}/digest`;
}

export function namedUri(issuer: string): string {
  return `${issuer}/${STATUS_LISTS_PATH}/named`;
}

/** The bits of one list (draft-ietf-oauth-status-list 5.1), and the newest revision that set one. */
export function listDocument(
  validity: Validity,
  list: number,
  revision: number,
  bits: Uint8Array,
): Document {
  const lst = deflateSync(bits, COMPRESSION).toString('base64url');
  const uri = listUri(validity.issuer, list);
  const claims = { ...common(validity, uri), revision, status_list: { bits: 1, lst } };
  return { type: LIST_TYPE, revision, claims };
}

/**
 * What there is to know, without knowing it: the revision of each list that has a bit, and of what is
 * revoked by name. Small and signed often, so it says of everything else whether it is still current.
 */
export function digestDocument(
  validity: Validity,
  revision: number,
  lists: ReadonlyMap<number, number>,
  named: number,
): Document {
  const sorted = [...lists].sort(([a], [b]) => a - b);
  const claims = {
    ...common(validity, digestUri(validity.issuer)),
    revision,
    lists: sorted,
    named,
  };
  return { type: DIGEST_TYPE, revision, claims };
}

/** What bits cannot say: everything of a key, of a principal up to a version, single tokens, credentials that act. */
export function namedDocument(
  validity: Validity,
  revision: number,
  named: NamedRevocations,
): Document {
  const claims = { ...common(validity, namedUri(validity.issuer)), revision, ...named };
  return { type: NAMED_TYPE, revision, claims };
}

function common({ issuer, asOf, ttl, lifetime }: Validity, sub: string) {
  const iat = Math.floor(asOf / 1000);
  return {
    iss: issuer,
    sub,
    iat,
    exp: iat + Math.floor(lifetime / 1000),
    ttl: Math.floor(ttl / 1000),
  };
}
