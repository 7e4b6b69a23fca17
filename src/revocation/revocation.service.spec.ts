import { beforeEach, describe, expect, it } from '@jest/globals';
import { loadSettings } from '../config/settings.js';
import { Clock } from '../platform/clock.js';
import type { Database } from '../platform/database/database.js';
import type { RevocationBus } from './bus/revocation-bus.js';
import { RevocationIndex } from './revocation-index.js';
import { RevocationService } from './revocation.service.js';
import type { RevocationTarget } from './revocation.js';
import type { RevokedToken } from './revoked-token.entity.js';

const NOW = 1_800_000_000_000;
const MAX_TTL = 3_600_000;
const TEN_YEARS = 3650 * 86_400_000;
const MARGIN = 120_000;
const ACTOR = { origin: { ip: '192.0.2.1', userAgent: 'curl/8', requestId: 'r' } };

class FakeClock extends Clock {
  override now = () => NOW;
}

/** One transaction, which the test commits or not. */
class FakeDatabase {
  revision = 41;
  now = NOW;
  readonly inserts: RevokedToken[][] = [];
  private readonly effects: (() => void)[] = [];

  execute(_sql: string, [by]: readonly [number, number]): Promise<number> {
    this.revision += by;
    return Promise.resolve(1);
  }
  select(): Promise<object[]> {
    return Promise.resolve([{ revision: `${this.revision}`, now: `${this.now}` }]); // as mysql2 gives a BIGINT
  }
  repository() {
    return { insert: (rows: RevokedToken[]) => Promise.resolve(this.inserts.push(rows)) };
  }
  afterCommit(effect: () => void): void {
    this.effects.push(effect);
  }
  commit(): void {
    for (const effect of this.effects) effect();
  }
}

let database: FakeDatabase;
let index: RevocationIndex;
let announced: unknown[];
let service: RevocationService;
beforeEach(() => {
  database = new FakeDatabase();
  index = new RevocationIndex();
  announced = [];
  // All that the service uses of a database.
  service = new RevocationService(
    database as unknown as Database,
    index,
    { announce: (told: unknown) => announced.push(told) } as unknown as RevocationBus, // likewise
    new FakeClock(),
    loadSettings({}),
  );
});

const session = (subject: string): RevocationTarget => ({
  kind: 'session',
  subject,
  statusIndex: null,
});
const knows = (sid: string) => index.find({ jti: '', sid, sub: '', kid: '', ver: 0 }) === 'session';

describe('revoking', () => {
  it('holds on this replica from the commit on, and not before', async () => {
    await service.revoke(ACTOR, 'logout', [session('a')]);
    expect(knows('a')).toBe(false);
    database.commit();
    expect(knows('a')).toBe(true);
  });

  it('is told to the other replicas once it is committed, and not before', async () => {
    await service.revoke(ACTOR, 'logout_all', [session('a'), session('b')]);
    expect(announced).toEqual([]);
    database.commit();
    expect(announced).toEqual([{ revision: 43 }]);
  });

  it('numbers what it revokes in one run without gaps, and returns the last number', async () => {
    expect(
      await service.revoke(ACTOR, 'logout_all', [session('a'), session('b'), session('c')]),
    ).toBe(44);
    expect(database.inserts.flat().map(({ revision, subject }) => [revision, subject])).toEqual([
      [42, 'a'],
      [43, 'b'],
      [44, 'c'],
    ]);
  });

  it('is kept until everything that it takes has expired, and a margin', async () => {
    await service.revoke(ACTOR, 'administrator', [
      { kind: 'token', subject: 'jti' },
      session('sid'),
      { kind: 'principal', subject: 'sub', minVersion: 7 },
      { kind: 'key', subject: 'kid' },
    ]);
    const rows = database.inserts.flat();
    expect(rows.map(({ expiresAt }) => expiresAt - NOW - MARGIN)).toEqual([
      MAX_TTL,
      MAX_TTL,
      MAX_TTL,
      TEN_YEARS - MARGIN, // whoever has stolen a key goes on signing with it
    ]);
    expect(rows.map(({ minVersion }) => minVersion)).toEqual([null, null, 7, null]);
  });

  it('is kept by the later of the two clocks: the database drops it by its own', async () => {
    database.now = NOW + 7_200_000;
    await service.revoke(ACTOR, 'logout', [session('sid')]);
    const [row] = database.inserts.flat();
    expect(row?.expiresAt).toBe(database.now + MAX_TTL + MARGIN);
  });

  it('of very many goes in several statements, each below the limits of the drivers', async () => {
    await service.revoke(
      ACTOR,
      'disabled',
      Array.from({ length: 1201 }, (_, i) => session(`${i}`)),
    );
    expect(database.inserts.map((rows) => rows.length)).toEqual([500, 500, 201]);
    database.commit();
    expect(index.size).toBe(1201);
  });
});
