/** A 128-bit id as four words of 32 bits, first byte first. */
export type IdWords = Uint32Array;

const UUID_LENGTH = 36;
/** Where a UUID has its hyphens. */
const HYPHENS = [8, 13, 18, 23];
const HYPHEN = 45;
const BASE64URL_LENGTH = 22;
const NONE = 0xff;

const HEX = valuesOf('0123456789abcdef');
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

/** The UUID of these words, as it is issued. */
export function formatUuid(words: IdWords): string {
  const hex = toBytes(words).toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}

/** The token id of these words, as it is issued. */
export function formatBase64urlId(words: IdWords): string {
  return toBytes(words).toString('base64url');
}

function toBytes(words: IdWords): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  for (let i = 0; i < 4; i++) bytes.writeUInt32BE(words[i] ?? 0, i * 4);
  return bytes;
}

function valuesOf(alphabet: string): Uint8Array {
  const values = new Uint8Array(128).fill(NONE);
  for (const [value, character] of [...alphabet].entries()) {
    values[character.charCodeAt(0)] = value;
  }
  return values;
}
