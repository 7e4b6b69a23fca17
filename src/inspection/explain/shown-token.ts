import { isReasonable } from '../../platform/http/json-body.js';
import { parseObject } from '../../tokens/jws-header.js';
import { SIZE_MAX } from '../../tokens/verification-steps.js';

/** What of a token may be shown: never its signature, and so never the token. */
export interface ShownToken {
  /** Null when it cannot be read. */
  readonly header: Record<string, unknown> | null;
  /** Null when they cannot be read, or are encrypted. */
  readonly claims: Record<string, unknown> | null;
}

/** Bytes of one member; ours are far below. */
const MEMBER_MAX = 2048;

/** Whoever pastes a token takes along what stands before and behind it. */
export function bareToken(text: string): string {
  return text.trim().replace(/^Bearer +/i, '');
}

/** Header and claims of whatever was posted, as far as they can be read. Nothing of it is verified. */
export function shownToken(token: string): ShownToken {
  if (token.length > SIZE_MAX) return { header: null, claims: null };
  const [header = '', payload = '', ...rest] = token.split('.');
  return {
    header: shownPart(header),
    claims: rest.length > 1 ? null : shownPart(payload), // a JWE has five parts, the second is a key
  };
}

function shownPart(part: string): Record<string, unknown> | null {
  // Whoever writes JSON descends by recursion, and a token can nest thousands of levels.
  if (!isReasonable(Buffer.from(part, 'base64url').toString())) return null;
  const members = parseObject(part);
  if (members === undefined) return null;
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => {
      const bytes = Buffer.byteLength(JSON.stringify(value));
      return [name.slice(0, 64), bytes > MEMBER_MAX ? `(left out: ${bytes} bytes)` : value];
    }),
  );
}
