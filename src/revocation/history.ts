/**
 * Where in the history of the database a replica is. Each restore that is finished begins a new epoch; a
 * database that is restored goes back, or on to another history of any length. All numbers only rise
 * within an epoch.
 */
export interface HistoryPosition {
  readonly epoch: number;
  readonly revision: number;
  /** When that revision was stored, which tells two histories apart that are as long; null when unknown. */
  readonly createdAt: number | null;
  /** How often the signing keys have changed. */
  readonly keysVersion: number;
  /** The first status index that was not leased. */
  readonly nextStatusIndex: number;
}

/** The history as the database has it. */
export type HistoryHead = Omit<HistoryPosition, 'createdAt'> & {
  /** When the revision of the position was stored, by this history; null when it has expired, or is not there. */
  readonly createdAtOfKnown: number | null;
};

/** Before the first revocation. */
export const ORIGIN: HistoryPosition = {
  epoch: 0,
  revision: 0,
  createdAt: null,
  keysVersion: 0,
  nextStatusIndex: 0,
};

/**
 * How the history goes on from a position; `lost` when it does not. `proven` says more than `continued`: the
 * revision of the position is there, and is the same one.
 */
export type Course = 'proven' | 'continued' | 'begun anew' | 'lost';

/**
 * What became of the history that a position is in. A restore that is finished begins a new one; one that
 * is not has lost what came after the backup, and with it who is refused.
 */
export function courseFrom(known: HistoryPosition, head: HistoryHead): Course {
  if (head.epoch > known.epoch) return 'begun anew';
  const isBehind =
    head.epoch < known.epoch ||
    head.revision < known.revision ||
    head.keysVersion < known.keysVersion ||
    head.nextStatusIndex < known.nextStatusIndex;
  if (isBehind) return 'lost';
  if (known.createdAt === null || head.createdAtOfKnown === null) return 'continued';
  return head.createdAtOfKnown === known.createdAt ? 'proven' : 'lost';
}
