/** A 128-bit id as four words of 32 bits, first byte first. */
export type IdWords = Uint32Array;

const UUID_LENGTH = 36;
/** Where a UUID has its hyphens. */
const HYPHENS = [8, 13, 18, 23];
const HYPHEN = 45;
const BASE64URL_LENGTH = 22;
const NONE = 0xff;

const DIGITS = '0123456789abcdef';
const HEX = valuesOf(DIGITS);
/** A UUID that is being written, its hyphens in place, and where its digits go. */
const LETTERS = Buffer.alloc(UUID_LENGTH, HYPHEN);
const DIGITS_AT = [...LETTERS.keys()].filter((at) => !HYPHENS.includes(at));
const BASE64URL = valuesOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');

/**
 * Reads a UUID as it is issued, in small letters.
 *
 * @returns false when the text is anything else: two texts never give the same words.
 */
export function readUuid(text: string, into: IdWords): boolean {
  if (text.length !== UUID_LENGTH) return false;
  for (const at of HYPHENS) if (text.charCodeAt(at) !== HYPHEN) return false;
  // Written out: each request reads two of them, and to loop over digits takes longer.
  const a = readHex(text, 0);
  const b = readHex(text, 4);
  const c = readHex(text, 9);
  const d = readHex(text, 14);
  const e = readHex(text, 19);
  const f = readHex(text, 24);
  const g = readHex(text, 28);
  const h = readHex(text, 32);
  if ((a | b | c | d | e | f | g | h) < 0) return false;
  into[0] = (a << 16) | b;
  into[1] = (c << 16) | d;
  into[2] = (e << 16) | f;
  into[3] = (g << 16) | h;
  return true;
}

/** Four digits; negative when they are none. */
function readHex(text: string, at: number): number {
  const a = HEX[text.charCodeAt(at)] ?? NONE;
  const b = HEX[text.charCodeAt(at + 1)] ?? NONE;
  const c = HEX[text.charCodeAt(at + 2)] ?? NONE;
  const d = HEX[text.charCodeAt(at + 3)] ?? NONE;
  return (a | b | c | d) > 15 ? -1 : (a << 12) | (b << 8) | (c << 4) | d;
}

/**
 * Reads 128 bits in base64url without padding, as token ids are issued.
 *
 * @returns false when the text is anything else, the bits that carry nothing included: two texts never
 * give the same words.
 */
export function readBase64urlId(text: string, into: IdWords): boolean {
  if (text.length !== BASE64URL_LENGTH) return false;
  const a = readBase64url(text, 0);
  const b = readBase64url(text, 4);
  const c = readBase64url(text, 8);
  const d = readBase64url(text, 12);
  const e = readBase64url(text, 16);
  const f = BASE64URL[text.charCodeAt(20)] ?? NONE;
  const g = BASE64URL[text.charCodeAt(21)] ?? NONE;
  if ((a | b | c | d | e) < 0 || (f | g) > 63 || (g & 15) !== 0) return false;
  into[0] = (a << 8) | (b >>> 16);
  into[1] = (b << 16) | (c >>> 8);
  into[2] = (c << 24) | d;
  into[3] = (e << 8) | (f << 2) | (g >>> 4);
  return true;
}

/** The 24 bits of four characters; negative when they are none. */
function readBase64url(text: string, at: number): number {
  const a = BASE64URL[text.charCodeAt(at)] ?? NONE;
  const b = BASE64URL[text.charCodeAt(at + 1)] ?? NONE;
  const c = BASE64URL[text.charCodeAt(at + 2)] ?? NONE;
  const d = BASE64URL[text.charCodeAt(at + 3)] ?? NONE;
  return (a | b | c | d) > 63 ? -1 : (a << 18) | (b << 12) | (c << 6) | d;
}

/**
 * The UUID of these words, as it is issued. Its letters are written one by one and made a text at once: put
 * together from pieces, a hundred thousand of them take five times as long or more.
 */
export function formatUuid(words: IdWords): string {
  for (let digit = 0; digit < 32; digit++) {
    const value = ((words[digit >> 3] ?? 0) >>> (28 - 4 * (digit & 7))) & 15;
    LETTERS[DIGITS_AT[digit] ?? 0] = DIGITS.charCodeAt(value);
  }
  return LETTERS.toString('latin1');
}

/** The token id of these words, as it is issued. */
export function formatBase64urlId(words: IdWords): string {
  const bytes = Buffer.allocUnsafe(16);
  for (let i = 0; i < 4; i++) bytes.writeUInt32BE(words[i] ?? 0, i * 4);
  return bytes.toString('base64url');
}

function valuesOf(alphabet: string): Uint8Array {
  const values = new Uint8Array(128).fill(NONE);
  for (const [value, character] of [...alphabet].entries()) {
    values[character.charCodeAt(0)] = value;
  }
  return values;
}
