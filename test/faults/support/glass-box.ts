import { stringOf } from './client.js';

/*
 * An access token is a glass box: what it says is read here, whether it is good is asked of the replicas.
 */

/** `sid`, the session it belongs to; `jti`, its own id. */
export function claimOf(token: string, claim: 'sid' | 'jti'): string {
  return stringOf(partOf(token, 1), claim);
}

/** The key that signed it. */
export function kidOf(token: string): string {
  return stringOf(partOf(token, 0), 'kid');
}

/** Whether it has expired by now. */
export function hasExpired(token: string): boolean {
  const { exp } = partOf(token, 1) as { exp?: unknown }; // any object may be asked
  return typeof exp !== 'number' || exp * 1000 <= Date.now();
}

function partOf(token: string, index: number): object {
  const text = Buffer.from(token.split('.')[index] ?? '', 'base64url').toString();
  const part: unknown = JSON.parse(text || '{}');
  return typeof part === 'object' && part !== null ? part : {};
}
