/** Words that stand in examples and tutorials, and therefore in attackers' lists. */
const PLACEHOLDER = /secret|change.?me|password|example|signet|12345|qwerty|(.)\1{7}/i;

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
    PLACEHOLDER.test(bytes.toString('latin1'))
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
  if (text.length < 20 || new Set(text).size < 8) {
    throw new Error('must have at least 20 random characters; make one with: openssl rand -hex 24');
  }
  return text;
}
