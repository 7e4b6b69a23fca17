/**
 * Values as literals of other languages. What a team registers ends up in code that others run: it must
 * stay one value there, whatever characters it has. Values stand in literals only, never in comments.
 */

/** JavaScript, YAML and JSON. */
export function js(value: string | readonly string[]): string {
  // Unit by unit, since \uXXXX stands for one.
  return Array.from(JSON.stringify(value).split(''), (unit) =>
    isPrintableAscii(unit.charCodeAt(0)) ? unit : `\\u${hex(unit.charCodeAt(0), 4)}`,
  ).join('');
}

/**
 * Java. It reads `\uXXXX` before it reads literals, so that an escaped quote, backslash or line end would
 * end one: JSON has escapes of their own for these.
 */
export function java(value: string): string {
  return js(value);
}

/** Python: JSON's escapes mean the same there, but `\uXXXX` is no half of a character. */
export function python(value: string | readonly string[]): string {
  return Array.from(JSON.stringify(value), (character) => {
    const point = character.codePointAt(0) ?? 0;
    if (isPrintableAscii(point)) return character;
    return point > 0xffff ? `\\U${hex(point, 8)}` : `\\u${hex(point, 4)}`;
  }).join('');
}

/** PHP, in single quotes: nothing is interpolated there. */
export function php(value: string | readonly string[]): string {
  if (typeof value !== 'string') return `[${value.map((item) => php(item)).join(', ')}]`;
  return `'${value.replaceAll(/[\\']/g, '\\$&')}'`;
}

function isPrintableAscii(point: number): boolean {
  return point >= 0x20 && point <= 0x7e;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
