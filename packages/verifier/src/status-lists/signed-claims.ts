import { compactVerify } from 'jose';
import { objectIn, parseObject, partsOf } from '../compact.js';
import type { VerificationKey } from '../key-set.js';

/** What every document says of itself. Moments are seconds since the epoch. */
export interface DocumentClaims {
  /** Everything that Signet stored before this moment is in it. */
  readonly iat: number;
  readonly exp: number;
  /** Everything up to this revision is in it. */
  readonly revision: number;
  readonly [name: string]: unknown;
}

/** What a document must be, so that it is taken for what was asked for. */
export interface Expected {
  readonly type: string;
  readonly issuer: string;
  readonly uri: string;
}

/** Any other member of a header is refused, as in tokens. */
const KNOWN_MEMBERS = new Set(['alg', 'typ', 'kid']);

/**
 * The claims of a document whose signature is good: by a key of the issuer, of that type, and about that
 * address, so that neither a token nor another list passes for it.
 *
 * @param keyOf finds a key that may sign; undefined when there is none of that name.
 * @throws Error when it is anything else.
 */
export async function readSigned(
  jws: string,
  { type, issuer, uri }: Expected,
  keyOf: (kid: string) => Promise<VerificationKey | undefined>,
): Promise<DocumentClaims> {
  const [encodedHeader = ''] = partsOf(jws, 3) ?? [];
  const header = objectIn(encodedHeader);
  const { alg, typ, kid } = header ?? {};
  const isKnown = Object.keys(header ?? {}).every((name) => KNOWN_MEMBERS.has(name));
  if (typ !== type || typeof kid !== 'string' || !isKnown) throw new Error(`No ${type} at ${uri}`);
  const key = await keyOf(kid);
  if (key?.algorithm !== alg || key === undefined) {
    throw new Error(`${uri} is signed by a key that may not sign it: ${kid}`);
  }
  const { payload } = await compactVerify(jws, key.key, { algorithms: [key.algorithm] });
  const claims = parseObject(payload) ?? {};
  const { iss, sub, iat, exp, revision } = claims;
  if (iss !== issuer || sub !== uri) throw new Error(`What is at ${uri} is about ${String(sub)}`);
  if (![iat, exp, revision].every(Number.isSafeInteger)) throw new Error(`${uri} is incomplete`);
  return claims as unknown as DocumentClaims; // as was checked
}
