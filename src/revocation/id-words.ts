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
  let word = 0;
  let digits = 0;
  for (let i = 0; i < UUID_LENGTH; i++) {
    const code = text.charCodeAt(i);
    if (code === HYPHEN) {
      if (!HYPHENS.includes(i)) return false;
      continue;
    }
    const value = HEX[code] ?? NONE;
    if (value === NONE) return false;
    word = (word << 4) | value;
    digits++;
    if (digits % 8 === 0) into[digits / 8 - 1] = word;
  }
  return digits === 32;
}

/**
 * Reads 128 bits in base64url without padding, as token ids are issued.
 *
 * @returns false when the text is anything else, the bits that carry nothing included: two texts never
 * give the same words.
 */
export function readBase64urlId(text: string, into: IdWords): boolean {
  if (text.length !== BASE64URL_LENGTH) return false;
  let held = 0;
  let bits = 0;
  let written = 0;
  for (let i = 0; i < BASE64URL_LENGTH; i++) {
    const value = BASE64URL[text.charCodeAt(i)] ?? NONE;
    if (value === NONE) return false;
    const free = 32 - bits;
    if (free > 6) {
      held = (held << 6) | value;
      bits += 6;
    } else {
      into[written++] = (held << free) | (value >>> (6 - free));
      bits = 6 - free;
      held = value & ((1 << bits) - 1);
      if (written === 4) return held === 0;
    }
  }
  return false;
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
