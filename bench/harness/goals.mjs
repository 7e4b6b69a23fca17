/**
 * What was wanted and what was found. Without a bound it is told, and judged by nobody.
 *
 * @param {string} work
 * @param {'at most' | 'at least'} direction
 * @param {number | undefined} bound
 * @param {{ median: number, min: number, max: number }} found
 * @param {string} unit
 */
export function goal(work, direction, bound, found, unit = '') {
  const isMet =
    bound === undefined ||
    (direction === 'at most' ? found.median <= bound : found.median >= bound);
  return { work, direction, bound, found, unit, isMet };
}
