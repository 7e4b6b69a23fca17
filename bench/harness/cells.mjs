/** A goal as a row of the table of goals. */
export function goalRow({ work, direction, bound, found, judged, unit, isMet }) {
  const wanted = bound === undefined ? '' : `${direction} ${bound}${unit}`;
  const verdict = bound === undefined ? '' : isMet ? 'met' : '**missed**';
  const range = `${digits(found.min)} to ${digits(found.max)}`;
  const cell = Number.isFinite(judged) ? `${digits(judged)}${unit} (${range})` : 'nothing seen';
  return `| ${work} | ${wanted} | ${cell} | ${verdict} |`;
}

/** One side of a comparison as a row. */
export function measuredRow({ name, micros, perSecond, p99 }) {
  return `| ${name} | ${digits(micros)} | ${digits(perSecond)} | ${digits(p99)} |`;
}

/** Three digits that say something, and thousands apart. */
export function digits(number) {
  if (number >= 100) return Math.round(number).toLocaleString('en-US');
  return String(Number(number.toPrecision(3)));
}
