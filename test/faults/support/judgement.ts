/** The invariants of the reliability report, in a sentence each. */
export const INVARIANTS = {
  'I-1': 'an acknowledged revocation is enforced on every replica',
  'I-2': 'an acknowledged refresh has exactly one live successor',
  'I-3': 'no lost answer locks anybody out within the grace',
  'I-4': 'an acknowledged change exists, and none by halves',
  'I-5': 'audit events are the acknowledged acts, none lost, none twice',
  'I-6': 'what cannot be read or written is 503 with Retry-After',
  'I-7': 'a valid token is not refused because of a fault',
  'I-8': 'every token that was issued verifies until its end or revocation',
  'I-9': 'no 5xx but 503 and 504, no stack in a body, no process half broken',
  'I-10': 'recovery without help within 10 s, nothing left behind',
  'I-11': 'SIGTERM fails no request and ends with 0',
  'I-12': 'a clock that jumps revives nothing',
  'I-13': 'at least one enabled administrator',
  'I-14': 'one schema version and one active signing key',
} as const;

export type Invariant = keyof typeof INVARIANTS;

/** What was found out about one fault. */
export class Judgement {
  readonly checked = new Set<Invariant>();
  readonly violations: string[] = [];
  /** Figures for the report, by what they say. */
  readonly figures = new Map<string, string>();
  recoveryMs: number | undefined;

  /** Notes that an invariant was looked at, and that it is broken unless it holds. */
  expect(invariant: Invariant, holds: boolean, otherwise: string): void {
    this.checked.add(invariant);
    if (!holds) this.violations.push(`${invariant}: ${otherwise}`);
  }

  figure(name: string, value: string | number): void {
    this.figures.set(name, typeof value === 'number' ? String(Math.round(value * 10) / 10) : value);
  }
}

/** What a fault needs is not there or not allowed here. The run counts as failed: nothing was shown. */
export class NotPossibleHere extends Error {}
