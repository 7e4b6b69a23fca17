import type { RevocationHit } from './revocation-hits.js';

/** A value of a token in a sentence: short, and escaped, for it may be anybody's. */
export function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}

/** Milliseconds since the epoch as the API writes them; a token may hold seconds that are beyond every calendar. */
export function instant(millis: number): string {
  const date = new Date(millis);
  return Number.isNaN(date.getTime()) ? 'a moment beyond the calendar' : date.toISOString();
}

/** Milliseconds as seconds. */
export function span(millis: number): string {
  return millis < 10_000 ? `${Math.round(millis / 100) / 10} s` : `${Math.round(millis / 1000)} s`;
}

/** Who revoked, as people know them. */
export function authorOf({ revokedBy }: Pick<RevocationHit, 'revokedBy'>): string {
  return revokedBy?.name ?? revokedBy?.id ?? 'nobody who had signed in';
}
