import { spread } from './statistics.mjs';

/**
 * What was wanted of a ratio and what was found, judged by the middle of the rounds. Without a bound it is
 * told, and judged by nobody.
 *
 * @typedef {{ median: number, min: number, max: number }} Spread
 * @typedef {{ work: string, direction: 'at most' | 'at least', bound: number | undefined, found: Spread,
 *   judged: number, unit: string, isMet: boolean }} Goal
 *
 * @param {string} work
 * @param {'at most' | 'at least'} direction
 * @param {number | undefined} bound
 * @param {Spread} found
 * @returns {Goal}
 */
export function goal(work, direction, bound, found) {
  const judged = found.median;
  const isMet =
    bound === undefined || (direction === 'at most' ? judged <= bound : judged >= bound);
  return { work, direction, bound, found, judged, unit: '', isMet };
}

/**
 * A bound that nothing may pass, so the worst that was seen is judged. Where there was nothing to see, it is
 * missed: what did not happen proves nothing.
 *
 * @param {string} work
 * @param {number | undefined} bound
 * @param {number[]} seen
 * @returns {Goal}
 */
export function ceiling(work, bound, seen, unit = '') {
  const found = spread(seen);
  const isMet = bound === undefined || (seen.length > 0 && found.max <= bound);
  return { work, direction: 'at most', bound, found, judged: found.max, unit, isMet };
}
