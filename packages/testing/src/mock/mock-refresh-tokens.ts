import { randomBytes } from 'node:crypto';
import { formatRefreshToken } from '../../../../src/sessions/refresh-token.js';

/** Whose a refresh token is. */
export interface RefreshTokenOwner {
  readonly sub: string;
  readonly sid: string;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  readonly endsAt: number;
}

/** Signet's default for sessions that nobody refreshes, in seconds. */
const IDLE = 14 * 86_400;

/** Refresh tokens in Signet's form. Nothing can be refreshed with them: services never see one, or refuse it. */
export class MockRefreshTokens {
  private readonly key = randomBytes(32);
  private readonly owners = new Map<string, RefreshTokenOwner>();

  /** @param now Seconds since the epoch. */
  issue(sub: string, sid: string, now: number): string {
    const claim = { sessionId: sid, generation: 1 };
    const token = formatRefreshToken(claim, randomBytes(16).toString('base64url'), this.key);
    this.owners.set(token, { sub, sid, issuedAt: now, endsAt: now + IDLE });
    return token;
  }

  find(token: string): RefreshTokenOwner | undefined {
    return this.owners.get(token);
  }
}
