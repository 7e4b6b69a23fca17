import { createHash, randomBytes } from 'node:crypto';

/** So that scanners of repositories and logs recognise one that got out. */
const PREFIX = 'sgs_';

/** A fresh client secret: 256 random bits, in characters that need no quoting anywhere. */
export function newClientSecret(): string {
  return PREFIX + randomBytes(32).toString('base64url');
}

/** What is stored of a secret, and what it is found by. */
export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
