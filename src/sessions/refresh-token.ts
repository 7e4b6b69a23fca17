import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a refresh token says: which session, and which of its generations. */
export interface RefreshTokenClaim {
  readonly sessionId: string;
  readonly generation: number;
}

/** A refresh token taken apart; nothing of it is verified yet. */
export interface PresentedRefreshToken extends RefreshTokenClaim {
  readonly mac: string;
}

const FORM = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([1-9]\d{0,8})\.([A-Za-z0-9_-]{43})$/;

/**
 * `session id . generation . MAC(server key, session id, generation, salt)`. The MAC is computed again
 * when it is needed and stored nowhere: whoever reads the database lacks the key, whoever has the key
 * lacks the salt.
 */
export function formatRefreshToken(
  claim: RefreshTokenClaim,
  salt: string,
  serverKey: Buffer,
): string {
  return `${claim.sessionId}.${claim.generation}.${macOf(claim, salt, serverKey)}`;
}

/** Takes a refresh token apart; undefined when it has not the form of one. */
export function parseRefreshToken(token: string): PresentedRefreshToken | undefined {
  const [, sessionId, generation, mac] = FORM.exec(token) ?? [];
  if (sessionId === undefined || generation === undefined || mac === undefined) return undefined;
  return { sessionId, generation: Number(generation), mac };
}

/** Whether we issued the token; compared in constant time. */
export function isGenuine(
  presented: PresentedRefreshToken,
  salt: string,
  serverKey: Buffer,
): boolean {
  return timingSafeEqual(
    Buffer.from(presented.mac),
    Buffer.from(macOf(presented, salt, serverKey)),
  );
}

function macOf(
  { sessionId, generation }: RefreshTokenClaim,
  salt: string,
  serverKey: Buffer,
): string {
  return createHmac('sha256', serverKey)
    .update(`${sessionId}.${generation}.${salt}`)
    .digest('base64url');
}
