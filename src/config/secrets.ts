/**
 * Words that stand in examples and tutorials, and therefore in attackers' lists. Long enough that
 * random hex or base64 has none of them by chance.
 */
const PLACEHOLDER = /secret|change.?me|password|example|signet|12345678|qwerty|(.)\1{7}/i;

/** What `POST /v1/setup` takes at the most. */
const SETUP_TOKEN_MAX = 256;

/**
 * Parses a key-encryption key: 32 random bytes, as base64, base64url or hex.
 *
 * @throws Error that says how to make one.
 */
export function parseKeyEncryptionKey(text: string): Buffer {
  const bytes = /^[0-9a-f]{64}$/i.test(text)
    ? Buffer.from(text, 'hex')
    : /^[A-Za-z0-9+/_-]{43}=?$/.test(text)
      ? Buffer.from(text, 'base64')
      : Buffer.alloc(0);
  if (
    bytes.length !== 32 ||
    new Set(bytes).size < 12 ||
    PLACEHOLDER.test(bytes.toString('latin1')) ||
    PLACEHOLDER.test(text) // 43 letters of a phrase are base64, too
  ) {
    throw new Error(
      'must be 32 random bytes as base64 or hex; make one with: openssl rand -base64 32',
    );
  }
  return bytes;
}

/**
 * Checks a set-up token that an operator chose.
 *
 * @throws Error that says how to make one.
 */
export function parseSetupToken(text: string): string {
  const length = text.length >= 20 && text.length <= SETUP_TOKEN_MAX;
  if (!length || new Set(text).size < 8 || PLACEHOLDER.test(text)) {
    throw new Error(
      `must have 20 to ${SETUP_TOKEN_MAX} random characters; make one with: openssl rand -hex 24`,
    );
  }
  return text;
}
