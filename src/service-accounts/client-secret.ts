import { createHash, randomBytes } from 'node:crypto';

/** So that scanners of repositories and logs recognise one that got out. */
const PREFIX = 'sgs_';

/** Whether a text has the look of a client secret. */
export function isLikeClientSecret(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** A fresh client secret: 256 random bits, in characters that need no quoting anywhere. */
export function newClientSecret(): string {
  return PREFIX + randomBytes(32).toString('base64url');
}

/** What is stored of a secret, and what it is found by. */
export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
