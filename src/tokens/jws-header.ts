/** Compact JWS (RFC 7515 7.1), with a signature and without padding: the only form that is accepted. */
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** The type of our access tokens (RFC 9068 2.1). */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/** The members that a header of ours has; any other one, `crit`, `b64`, `jku`, `jwk`, `x5u` or `zip` among them, is refused. */
const KNOWN_MEMBERS = new Set(['alg', 'typ', 'kid']);

export interface JwsHeader {
  readonly alg: string;
  readonly typ: string;
  readonly kid: string;
}

/** Why a text has not the shape of a token of ours. */
export type ShapeFault =
  'not_compact' | 'header_unreadable' | 'header_incomplete' | 'header_foreign';

/** The last header that was of our shape: all tokens of one key have the same. */
let last: { readonly text: string; readonly header: JwsHeader } | undefined;

/** The header of a token, or why it has another shape than ours. Nothing is verified yet. */
export function readHeader(token: string): JwsHeader | ShapeFault {
  if (!COMPACT.test(token)) return 'not_compact';
  const text = token.slice(0, token.indexOf('.'));
  if (text === last?.text) return last.header;
  const header = parseHeader(text);
  if (typeof header === 'object') last = { text, header };
  return header;
}

function parseHeader(text: string): JwsHeader | ShapeFault {
  const header = parseObject(text);
  if (header === undefined) return 'header_unreadable';
  const { alg, typ, kid } = header;
  if (typeof alg !== 'string' || typeof typ !== 'string' || typeof kid !== 'string')
    return 'header_incomplete';
  return Object.keys(header).every((name) => KNOWN_MEMBERS.has(name))
    ? Object.freeze({ alg, typ, kid })
    : 'header_foreign';
}

/** A part of a token as the JSON object that it should be. */
export function parseObject(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // not JSON: not a header
  }
}
