import { randomBytes, randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Actor } from '../access/principal.js';
import type { AuditEntry, AuditService } from '../audit/audit.service.js';
import { loadSettings } from '../config/settings.js';
import type { Standing } from '../principals/standing.js';
import type { ServerSecrets } from '../keys/server-secrets.js';
import { Clock } from '../platform/clock.js';
import type { Database } from '../platform/database/database.js';
import type { Problem } from '../platform/http/problem.js';
import type { RevocationService } from '../revocation/revocation.service.js';
import type { RevocationTarget } from '../revocation/revocation.js';
import type { StatusIndexes } from '../status-lists/status-indexes.js';
import { formatRefreshToken } from './refresh-token.js';
import { RefreshService } from './refresh.service.js';
import type { Refreshed } from './refresh.service.js';
import type { Session, SessionEndReason } from './session.entity.js';
import type { SessionWithStanding, SessionsRepository } from './sessions.repository.js';

const GRACE = 20_000;
const DAY = 86_400_000;
const START = 1_800_000_000_000;
const ACTOR: Actor = { origin: { ip: '192.0.2.1', userAgent: 'curl/8', requestId: 'r' } };
const serverKey = randomBytes(32);
const STANDING: Standing = {
  type: 'user',
  status: 'active',
  tokenVersion: 1,
  roles: [],
  permissions: [],
  userClaims: {},
};

class FakeClock extends Clock {
  millis = START;
  override now = () => this.millis;
}

/** The table of sessions with one row, and its two compare-and-sets. */
class OneSession implements Pick<SessionsRepository, 'findWithStanding' | 'rotate' | 'end'> {
  row: Session = {
    id: '0d7c5b1a-6f7e-4c2b-8a90-1e2f3a4b5c6d',
    principalId: randomUUID(),
    generation: 5,
    secretSalt: 'salt',
    createdAt: START - DAY,
    rotatedAt: START,
    idleExpiresAt: START + 14 * DAY,
    absoluteExpiresAt: START + 89 * DAY,
    authTime: START - DAY,
    amr: 'pwd',
    userAgent: 'curl/8',
    ip: '192.0.2.1',
    endedAt: null,
    endReason: null,
    statusIndex: 7,
  };
  looks = 0;

  constructor(private readonly clock: Clock) {}

  /** What others do between our look and our write. */
  meanwhile = (): void => undefined;

  change(change: Partial<Session>): void {
    this.row = { ...this.row, ...change };
  }
  findWithStanding(id: string): Promise<SessionWithStanding | undefined> {
    this.looks++;
    return Promise.resolve(
      id === this.row.id
        ? { session: this.row, standing: STANDING, asOf: this.clock.now() }
        : undefined,
    );
  }
  rotate(
    { generation, statusIndex }: Pick<Session, 'generation' | 'statusIndex'>,
    rotatedAt: number,
    idleExpiresAt: number,
  ): Promise<boolean> {
    this.meanwhile();
    if (this.row.generation !== generation || this.row.endedAt !== null)
      return Promise.resolve(false);
    this.change({ generation: generation + 1, rotatedAt, idleExpiresAt, statusIndex });
    return Promise.resolve(true);
  }
  end(_id: string, endReason: SessionEndReason, now: number): Promise<boolean> {
    this.meanwhile();
    if (this.row.endedAt !== null) return Promise.resolve(false);
    this.change({ endedAt: now, endReason, idleExpiresAt: now });
    return Promise.resolve(true);
  }
}

class World {
  readonly clock = new FakeClock();
  readonly sessions = new OneSession(this.clock);
  readonly audited: AuditEntry[] = [];
  readonly revoked: RevocationTarget[] = [];
  transactions = 0;
  nextIndex = 1000;
  /** What the session gets as its access token. */
  issue = (): string => 'access token';
  private readonly service = new RefreshService(
    // Each of these is a class with private members; the service uses what is given here and nothing else.
    this.sessions as unknown as SessionsRepository,
    {
      revoke: (_actor: Actor, _reason: string, targets: readonly RevocationTarget[]) =>
        Promise.resolve(this.revoked.push(...targets)),
    } as unknown as RevocationService,
    {
      record: (_actor: Actor, entry: AuditEntry) => Promise.resolve(void this.audited.push(entry)),
    } as unknown as AuditService,
    {
      transaction: (work: () => Promise<unknown>) => {
        this.transactions++;
        return work();
      },
    } as unknown as Database,
    { get: () => serverKey } as unknown as ServerSecrets,
    { take: () => Promise.resolve(this.nextIndex++) } as unknown as StatusIndexes,
    loadSettings({ REFRESH_GRACE: `${GRACE}ms` }),
  );

  token(generation: number): string {
    const { id, secretSalt } = this.sessions.row;
    return formatRefreshToken({ sessionId: id, generation }, secretSalt, serverKey);
  }

  refresh(token: string): Promise<Refreshed<string>> {
    return this.service.refresh(ACTOR, token, () => this.issue());
  }

  /** The code of the problem with which a token is refused; the live generation when it is not. */
  async outcome(token: string): Promise<string | number> {
    return this.refresh(token).then(
      ({ generation }) => generation,
      (error: unknown) => (error as Problem).kind.code,
    );
  }

  /** What a look at the token, which may change nothing, says before it is used. */
  isRefreshable = async (token: string) =>
    (await this.service.refreshable(token)) === this.sessions.row;

  isOfSession = async (token: string) =>
    (await this.service.sessionOf(token)) === this.sessions.row;

  get isUntouched(): boolean {
    return (
      this.sessions.row.endedAt === null && this.revoked.length === 0 && this.audited.length === 0
    );
  }
}

let world: World;
beforeEach(() => {
  world = new World();
});

describe('the current generation', () => {
  it('rotates: one generation on, and the idle time begins anew', async () => {
    world.clock.millis += 1000;
    expect(await world.refresh(world.token(5))).toMatchObject({ generation: 6, replayed: false });
    const { generation, rotatedAt, idleExpiresAt } = world.sessions.row;
    expect({ generation, rotatedAt, idleExpiresAt }).toEqual({
      generation: 6,
      rotatedAt: START + 1000,
      idleExpiresAt: START + 1000 + 14 * DAY,
    });
    expect(world.isUntouched).toBe(true);
  });

  it('leaves the status index as it is, and gives one to a session that has none', async () => {
    await world.refresh(world.token(5));
    expect(world.sessions.row.statusIndex).toBe(7);
    world.sessions.change({ statusIndex: null });
    const { session } = await world.refresh(world.token(6));
    expect(session.statusIndex).toBe(1000); // so its token says it already
    expect(world.sessions.row.statusIndex).toBe(1000);
  });

  it('never moves the absolute end', async () => {
    const absoluteExpiresAt = START + DAY;
    world.sessions.change({ absoluteExpiresAt });
    await world.refresh(world.token(5));
    expect(world.sessions.row).toMatchObject({
      absoluteExpiresAt,
      idleExpiresAt: absoluteExpiresAt,
    });
  });
});

describe('the generation before', () => {
  it.each([0, 1, GRACE - 1, GRACE])(
    'yields the same successor again, %i ms after the rotation',
    async (later) => {
      world.clock.millis = START + later;
      expect(await world.refresh(world.token(4))).toMatchObject({ generation: 5, replayed: true });
      expect(world.sessions.row).toMatchObject({ generation: 5, rotatedAt: START });
      expect(world.isUntouched).toBe(true);
    },
  );

  it('may do so again and again without stretching the grace', async () => {
    for (let i = 0; i < 5; i++) {
      world.clock.millis = START + i * 4000;
      await world.refresh(world.token(4));
    }
    world.clock.millis = START + GRACE + 1;
    expect(await world.outcome(world.token(4))).toBe('refresh_token_reused');
  });

  it('is theft one millisecond after the grace: the session and its tokens are over, and an event says so', async () => {
    world.clock.millis = START + GRACE + 1;
    expect(await world.outcome(world.token(4))).toBe('refresh_token_reused');
    const { id, principalId } = world.sessions.row;
    expect(world.sessions.row).toMatchObject({
      endedAt: START + GRACE + 1,
      endReason: 'refresh_reused',
    });
    expect(world.revoked).toEqual([{ kind: 'session', subject: id, statusIndex: 7 }]);
    expect(world.audited).toEqual([
      {
        action: 'auth.refresh_reused',
        target: { type: 'session', id },
        detail: { principalId, presentedGeneration: 4, liveGeneration: 5 },
      },
    ]);
    expect(world.transactions).toBe(1);
    // Nobody who holds a part of it gets on, not even with the live token.
    expect(await world.outcome(world.token(5))).toBe('session_ended');
  });

  it('is not harmless for longer when the clock is set back', async () => {
    for (const back of [GRACE + 1, DAY]) {
      world = new World();
      world.clock.millis = START - back;
      expect(await world.outcome(world.token(4))).toBe('refresh_token_reused');
    }
  });

  it('stays harmless when another replica, whose clock is a little ahead, has rotated', async () => {
    world.clock.millis = START - 3000;
    expect(await world.refresh(world.token(4))).toMatchObject({ generation: 5, replayed: true });
  });
});

describe('an older generation', () => {
  it.each([3, 2, 1])('is theft at once: %i of 5', async (generation) => {
    expect(await world.outcome(world.token(generation))).toBe('refresh_token_reused');
    expect(world.sessions.row.endReason).toBe('refresh_reused');
    expect(world.revoked).toHaveLength(1);
  });

  it('is told about once, however often it comes', async () => {
    await world.outcome(world.token(1));
    expect(await world.outcome(world.token(1))).toBe('session_ended');
    expect([world.revoked.length, world.audited.length]).toEqual([1, 1]);
  });

  it('is told about once when two come at once', async () => {
    const endedByOther = () =>
      world.sessions.change({ endedAt: START, endReason: 'refresh_reused' });
    world.sessions.meanwhile = endedByOther;
    expect(await world.outcome(world.token(1))).toBe('refresh_token_reused');
    expect([world.revoked.length, world.audited.length]).toEqual([0, 0]);
  });
});

describe('a generation that is still to come', () => {
  it('is refused: a restored backup must not let one token rotate many times', async () => {
    for (const generation of [6, 7, 999]) {
      expect(await world.outcome(world.token(generation))).toBe('invalid_refresh_token');
    }
    expect(world.sessions.row.generation).toBe(5);
    expect(world.isUntouched).toBe(true);
  });
});

describe('a token that was not made here', () => {
  it.each([1, 3, 4, 5, 6])(
    'ends no session and moves none, whichever generation it claims: %i',
    async (generation) => {
      world.clock.millis = START + GRACE + 1;
      const [sessionId = ''] = world.token(5).split('.');
      const foreign = [
        `${sessionId}.${generation}.${'A'.repeat(43)}`,
        formatRefreshToken({ sessionId, generation }, 'salt', randomBytes(32)),
        formatRefreshToken({ sessionId, generation }, 'another salt', serverKey),
      ];
      for (const token of foreign) expect(await world.outcome(token)).toBe('invalid_refresh_token');
      expect(world.sessions.row.generation).toBe(5);
      expect(world.isUntouched).toBe(true);
    },
  );

  it('is told apart from no other: unknown sessions and garbage look alike', async () => {
    const unknown = formatRefreshToken(
      { sessionId: randomUUID(), generation: 1 },
      'salt',
      serverKey,
    );
    for (const token of [unknown, '', 'garbage', 'a.b.c']) {
      expect(await world.outcome(token)).toBe('invalid_refresh_token');
    }
  });

  it('that has not even the form of one costs no look into the database', async () => {
    await world.outcome('garbage');
    expect(world.sessions.looks).toBe(0);
  });
});

describe('a session', () => {
  it.each(['idleExpiresAt', 'absoluteExpiresAt'] as const)(
    'is over at %s, to the millisecond',
    async (end) => {
      world.sessions.change({ [end]: START + 1000, rotatedAt: START + 900 });
      world.clock.millis = START + 1000;
      expect(await world.outcome(world.token(5))).toBe('session_expired');
      expect(await world.outcome(world.token(4))).toBe('session_expired');
      expect(world.isUntouched).toBe(true);
      world.clock.millis = START + 999;
      expect(await world.outcome(world.token(4))).toBe(5);
      expect(await world.outcome(world.token(5))).toBe(6);
    },
  );

  it('that is over raises no alarm any more', async () => {
    world.sessions.change({ endedAt: START - 1, endReason: 'logout' });
    for (const generation of [1, 4, 5])
      expect(await world.outcome(world.token(generation))).toBe('session_ended');
    expect([world.revoked.length, world.audited.length]).toEqual([0, 0]);
  });
});

describe('a refresh that loses against another', () => {
  it('looks again and gets the successor that the other one made', async () => {
    world.sessions.meanwhile = () => {
      world.sessions.meanwhile = () => undefined;
      world.sessions.change({ generation: 6, rotatedAt: START });
    };
    expect(await world.refresh(world.token(5))).toMatchObject({ generation: 6, replayed: true });
    expect(world.sessions.looks).toBe(2);
    expect(world.isUntouched).toBe(true);
  });

  it('looks again and finds that the session was ended', async () => {
    world.sessions.meanwhile = () => world.sessions.change({ endedAt: START, endReason: 'logout' });
    expect(await world.outcome(world.token(5))).toBe('session_ended');
    expect(world.sessions.row.generation).toBe(5);
  });

  it('looks again and finds that the session is gone', async () => {
    world.sessions.meanwhile = () => world.sessions.change({ id: randomUUID(), generation: 99 });
    expect(await world.outcome(world.token(5))).toBe('invalid_refresh_token');
  });

  it('gives up in the end, refused and without harm', async () => {
    world.sessions.rotate = () => Promise.resolve(false);
    expect(await world.outcome(world.token(5))).toBe('invalid_refresh_token');
    expect(world.sessions.looks).toBe(3);
    expect(world.isUntouched).toBe(true);
  });
});

describe('what cannot be issued', () => {
  it('costs nothing: the refresh token is as good as before', async () => {
    world.issue = () => {
      throw new Error('too large');
    };
    await expect(world.refresh(world.token(5))).rejects.toThrow('too large');
    expect(world.sessions.row.generation).toBe(5);
    world.clock.millis += 2 * GRACE;
    world.issue = () => 'access token';
    expect(await world.outcome(world.token(5))).toBe(6);
    expect(world.isUntouched).toBe(true);
  });
});

describe('a look at a token', () => {
  /** The situations of this file, and whether the token in it can be used. */
  const SITUATIONS: [string, number, (world: World) => void, boolean][] = [
    ['the current generation', 5, () => undefined, true],
    ['the one before, within the grace', 4, () => undefined, true],
    ['the one before, after it', 4, (w) => (w.clock.millis += GRACE + 1), false],
    ['an older one', 3, () => undefined, false],
    ['one that is still to come', 6, () => undefined, false],
    ['of a session that is over', 5, (w) => w.sessions.change({ endedAt: START }), false],
    ['of one that was idle', 5, (w) => (w.clock.millis += 14 * DAY), false],
    [
      'of one at its absolute end',
      5,
      (w) => {
        w.clock.millis += DAY;
        w.sessions.change({ absoluteExpiresAt: START + DAY });
      },
      false,
    ],
  ];

  it.each(SITUATIONS)(
    '%s: says what a refresh would, and changes nothing',
    async (...situation) => {
      const [, generation, arrange, isGood] = situation;
      arrange(world);
      const token = world.token(generation);
      const before = world.sessions.row;
      expect(await world.isRefreshable(token)).toBe(isGood);
      // Whatever became of it, it is known whose it is.
      expect(await world.isOfSession(token)).toBe(true);
      expect(world.sessions.row).toBe(before);
      expect(world.isUntouched || before.endedAt !== null).toBe(true);
      expect(typeof (await world.outcome(token))).toBe(isGood ? 'number' : 'string');
    },
  );

  it('knows nothing of a token that was not made here', async () => {
    const { id } = world.sessions.row;
    const forged = formatRefreshToken({ sessionId: id, generation: 5 }, 'salt', randomBytes(32));
    const unknown = formatRefreshToken(
      { sessionId: randomUUID(), generation: 5 },
      'salt',
      serverKey,
    );
    for (const token of [forged, unknown, 'garbage', '', `${world.token(5)}x`]) {
      expect(await world.isRefreshable(token)).toBe(false);
      expect(await world.isOfSession(token)).toBe(false);
    }
  });
});
