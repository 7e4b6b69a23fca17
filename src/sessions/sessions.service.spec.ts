import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AuditService } from '../audit/audit.service.js';
import { loadSettings } from '../config/settings.js';
import type { ServerSecrets } from '../keys/server-secrets.js';
import { Clock } from '../platform/clock.js';
import { ExpiryClock } from '../platform/expiry-clock.js';
import type { Database } from '../platform/database/database.js';
import type { PrincipalsService } from '../principals/principals.service.js';
import { RevocationIndex } from '../revocation/revocation-index.js';
import type { RevocationService } from '../revocation/revocation.service.js';
import type { Session } from './session.entity.js';
import { SessionEnded, SessionExpired } from './sessions.errors.js';
import type { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

const START = 1_800_000_000_000;
const DAY = 86_400_000;

const SESSION: Session = {
  id: '0d7c5b1a-6f7e-4c2b-8a90-1e2f3a4b5c6d',
  principalId: 'ada',
  generation: 5,
  secretSalt: 'salt',
  createdAt: START - DAY,
  rotatedAt: START,
  idleExpiresAt: START + 14 * DAY,
  absoluteExpiresAt: START + 89 * DAY,
  authTime: START - DAY,
  amr: 'otp',
  userAgent: 'curl/8',
  ip: '192.0.2.1',
  endedAt: null,
  endReason: null,
  statusIndex: null,
};

/** The table of sessions with one row, and its compare-and-set. */
class OneSession implements Pick<SessionsRepository, 'find' | 'freshen'> {
  row: Session | null = SESSION;
  /** What others do between our look and our write. */
  meanwhile = (): void => undefined;

  find(id: string): Promise<Session | null> {
    return Promise.resolve(id === this.row?.id ? this.row : null);
  }
  freshen(_id: string, authTime: number, amr: string): Promise<boolean> {
    this.meanwhile();
    if (this.row?.endedAt !== null) return Promise.resolve(false);
    this.row = { ...this.row, authTime, amr };
    return Promise.resolve(true);
  }
}

describe('noting a new proof in a session', () => {
  let sessions: OneSession;
  let locked: string[];
  let service: SessionsService;
  let now: number;
  beforeEach(() => {
    sessions = new OneSession();
    locked = [];
    now = START + 1000;
    service = new SessionsService(
      // Each of these is a class with private members; `freshen` uses what is given here and nothing else.
      sessions as unknown as SessionsRepository,
      {
        lock: (id: string) => Promise.resolve(void locked.push(id)),
      } as unknown as PrincipalsService,
      {} as unknown as RevocationService,
      new RevocationIndex(),
      {} as unknown as AuditService,
      { now: () => Promise.resolve(now) } as unknown as Database,
      {} as unknown as ServerSecrets,
      loadSettings({}),
      new Clock(),
      new ExpiryClock(new Clock()),
    );
  });

  const freshen = (at = START + 1000, principal = 'ada', session = SESSION.id) =>
    service.freshen(principal, session, ['pwd'], at);

  it('changes when and how, and nothing else: no end moves, no refresh token is spent', async () => {
    const fresh = { ...SESSION, authTime: START + 1000, amr: 'pwd' };
    expect(await freshen()).toEqual(fresh);
    expect(sessions.row).toEqual(fresh);
    expect(locked).toEqual(['ada']);
  });

  it('does nothing for a session that is over', async () => {
    sessions.row = { ...SESSION, endedAt: START, endReason: 'logout' };
    await expect(freshen()).rejects.toThrow(SessionEnded);
    expect(sessions.row.authTime).toBe(SESSION.authTime);
  });

  it('does nothing for a session that ends between the look and the write', async () => {
    sessions.meanwhile = () => {
      sessions.row = { ...SESSION, endedAt: START, endReason: 'logout' };
    };
    await expect(freshen()).rejects.toThrow(SessionEnded);
    expect(sessions.row?.authTime).toBe(SESSION.authTime);
  });

  it('does nothing for a session that is gone, or of somebody else', async () => {
    await expect(freshen(START, 'grace')).rejects.toThrow(SessionEnded);
    await expect(freshen(START, 'ada', 'another')).rejects.toThrow(SessionEnded);
    expect(sessions.row).toEqual(SESSION);
    sessions.row = null;
    await expect(freshen()).rejects.toThrow(SessionEnded);
  });

  it.each(['idleExpiresAt', 'absoluteExpiresAt'] as const)(
    'does nothing from the very moment on at which the session expires: %s',
    async (end) => {
      sessions.row = { ...SESSION, [end]: START + 5000 };
      for (now of [START + 5000, START + 5001])
        await expect(freshen(START)).rejects.toThrow(SessionExpired);
      expect(sessions.row.authTime).toBe(SESSION.authTime);
      now = START + 4999;
      await expect(freshen(START + 9999)).resolves.toMatchObject({ authTime: START + 9999 });
    },
  );
});
