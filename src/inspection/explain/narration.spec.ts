import { describe, expect, it } from '@jest/globals';
import { attemptAt } from '../../tokens/verification-steps.js';
import type { Attempt, Fault } from '../../tokens/verification-steps.js';
import type { KeyState } from '../../keys/signing-key.entity.js';
import type { Facts } from './facts.js';
import { narrate } from './narration.js';

const NOW = 1_800_000_000_000;
const KID = 'the-key';

const FACTS: Facts = {
  now: NOW,
  issuer: 'https://id.example.com',
  leeway: 5000,
  lifetimeMax: 3_600_000,
  shown: { header: null, claims: null },
  key: undefined,
  compromisedKid: undefined,
  revocations: [],
  revision: 17,
  staleness: 300,
  stalenessMax: 2000,
};

/** A token whose header was read, and nothing more. */
const named: Attempt = {
  ...attemptAt('token', ['https://id.example.com']),
  header: { alg: 'ES256', typ: 'at+jwt', kid: KID },
};

/** A token with claims of these times; seconds. */
function withTimes(times: { iat: number; exp: number; nbf?: number }): Attempt {
  const claims = { ...times, aud: 'https://id.example.com', iss: 'https://id.example.com' };
  return { ...named, verified: { claims } as unknown as Attempt['verified'] }; // the sentences need no more
}

const header = (state: KeyState, facts: Partial<Facts> = {}) =>
  narrate('header', 'unknown_key', named, {
    ...FACTS,
    key: { algorithm: 'ES256', state, since: NOW },
    ...facts,
  });

describe('a sentence about a key that is not there', () => {
  it('says what became of it', () => {
    expect(header('compromised')).toBe(
      'The key "the-key" was found to be compromised at 2027-01-15T08:00:00.000Z: nothing that it signed is accepted.',
    );
    expect(header('removed')).toContain('was removed at 2027-01-15T08:00:00.000Z');
    expect(header('next')).toBe('The key "the-key" is next, and this replica has not read it yet.');
  });

  it('says where the token says that it is from', () => {
    const tell = (iss: unknown) =>
      narrate('header', 'unknown_key', named, {
        ...FACTS,
        shown: { header: null, claims: { iss } },
      });
    expect(tell('https://other.example')).toContain('says that it is by "https://other.example"');
    expect(tell(FACTS.issuer)).not.toContain('says that it is by');
    expect(tell(undefined)).not.toContain('says that it is by');
  });

  it('repeats no more of a token than a name', () => {
    const long = {
      ...named,
      header: { alg: 'ES256', typ: 'at+jwt', kid: '\u202e"\n'.repeat(500) },
    };
    const text = narrate('header', 'unknown_key', long, FACTS);
    expect(text.length).toBeLessThan(400);
    expect(text).not.toContain('\n');
  });
});

describe('a sentence about time', () => {
  const seconds = NOW / 1000;
  const tell = (fault: Fault | undefined, iat: number, exp: number, nbf?: number) =>
    narrate(
      'time',
      fault,
      withTimes({
        iat: seconds + iat,
        exp: seconds + exp,
        ...(nbf === undefined ? {} : { nbf: seconds + nbf }),
      }),
      FACTS,
    );

  it('counts in seconds, by the clock that judged', () => {
    expect(tell(undefined, -10, 590)).toBe('It expires in 590 s, at 2027-01-15T08:09:50.000Z.');
    expect(tell(undefined, -10, -2)).toBe(
      'It expired 2 s ago and is taken for that clocks may differ by 5 s.',
    );
    expect(tell('expired', -600, -95)).toBe(
      'It expired 95 s ago, at 2027-01-15T07:58:25.000Z; this clock says 2027-01-15T08:00:00.000Z, and clocks may differ by 5 s.',
    );
    expect(tell('not_yet', 0, 600, 300)).toMatch(/^It holds only from .* \(nbf\), in 300 s;/);
    expect(tell('from_the_future', 60, 600)).toMatch(/^It was issued \(iat\) 60 s from now, at /);
  });

  it('survives times that no calendar has', () => {
    const text = narrate(
      'time',
      undefined,
      withTimes({ iat: 0, exp: Number.MAX_SAFE_INTEGER }),
      FACTS,
    );
    expect(text).toContain('a moment beyond the calendar');
  });
});

describe('a sentence about revocation', () => {
  const tell = (fault: Fault | undefined, facts: Partial<Facts> = {}) =>
    narrate('revocation', fault, named, { ...FACTS, ...facts });

  it('names what hit first, why, by whom and when', () => {
    const hit = {
      revision: 3,
      kind: 'session',
      subject: 'the-session',
      reason: 'logout',
      createdAt: NOW,
    } as const;
    const by = (revokedBy: { id: string; name?: string } | null) =>
      tell('revoked', {
        revocations: [
          { ...hit, revokedBy },
          { ...hit, revision: 4, revokedBy },
        ],
      });
    expect(by({ id: '1', name: 'ada' })).toBe(
      'It is revoked: session "the-session", because of logout, by ada, at 2027-01-15T08:00:00.000Z (revision 3).',
    );
    expect(by({ id: '1' })).toContain('by 1, at');
    expect(by(null)).toContain('by nobody who had signed in, at');
    expect(tell('revoked')).toContain('not stored any more');
  });

  it('says how old the knowledge is, and that nothing is certain when it is too old', () => {
    expect(tell(undefined)).toBe('No revocation in force takes it, as of revision 17, 0.3 s old.');
    expect(tell('stale', { staleness: 5100 })).toMatch(
      /^Not known for certain: the last word of the database is 5\.1 s old, more than the 2 s .* 503\.$/,
    );
    expect(tell('stale', { staleness: Infinity })).toContain('is missing');
    expect(tell(undefined, { staleness: 5100 })).toContain('REVOCATION_FAIL_OPEN is on');
  });
});
