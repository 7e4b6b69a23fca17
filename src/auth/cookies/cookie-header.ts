import { AmbiguousCredentials } from '../../access/access.errors.js';

const SPACE = 0x20;

/**
 * The value of one cookie in a `Cookie` header, as it was sent; undefined when it is not there.
 *
 * Not a library's parser: those keep the first of two cookies of one name and hide the second, so that
 * whoever may set cookies for a whole domain decides which counts. Names are compared byte by byte: only
 * the space of RFC 6265 4.2.1 may stand before one, since what `trim` takes for space is more (U+00A0,
 * U+2000), and a browser takes a name that begins with that for another one, without its prefix's rules.
 *
 * @throws AmbiguousCredentials when the cookie was sent twice.
 */
export function cookieValue(header: string, name: string): string | undefined {
  let value: string | undefined;
  for (let start = 0; start < header.length;) {
    const semicolon = header.indexOf(';', start);
    const end = semicolon === -1 ? header.length : semicolon;
    while (header.charCodeAt(start) === SPACE) start++;
    // A name has neither `;` nor `=`, so this cannot reach into the next pair.
    if (header.startsWith(name, start) && header[start + name.length] === '=') {
      if (value !== undefined) throw new AmbiguousCredentials();
      value = header.slice(start + name.length + 1, end);
    }
    start = end + 1;
  }
  return value;
}
