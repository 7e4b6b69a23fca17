import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const FORM = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;

/**
 * A new CSRF token of a session: `random . HMAC(server key, session id, random)`. A cookie alone would
 * prove little, since a neighbouring host can toss one of its own making; nobody without the key can
 * make one for the session of somebody else.
 */
export function makeCsrfToken(sessionId: string, serverKey: Buffer): string {
  const random = randomBytes(16).toString('base64url');
  return `${random}.${macOf(sessionId, random, serverKey)}`;
}

/** Whether the token was made for this session. */
export function isCsrfTokenOf(sessionId: string, token: string, serverKey: Buffer): boolean {
  const [, random, mac] = FORM.exec(token) ?? [];
  if (random === undefined || mac === undefined) return false;
  return timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(sessionId, random, serverKey)));
}

function macOf(sessionId: string, random: string, serverKey: Buffer): string {
  return createHmac('sha256', serverKey).update(`${sessionId}.${random}`).digest('base64url');
}
