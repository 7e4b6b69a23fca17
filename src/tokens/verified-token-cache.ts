import { hash } from 'node:crypto';
import type { Principal } from '../access/principal.js';
import type { RevocableToken } from '../revocation/revocation.js';
import type { AccessTokenClaims } from './claims.js';

/** A token that is good but for its audience, time and revocation. */
export interface VerifiedToken {
  readonly claims: AccessTokenClaims;
  /** What a revocation may hit it by. */
  readonly revocable: RevocableToken;
  readonly principal: Principal;
}

/**
 * Remembers tokens whose signature and claims were good, so that neither is checked twice. Time and
 * revocation are not remembered: the verifier checks them on every hit.
 *
 * Keyed by the SHA-256 of the whole token, signature included: a key made of less would confuse two
 * tokens, and the token itself would lie readable in a heap dump. Bounded by two generations: when the
 * young one is full, the old one is dropped at once, so a flood of tokens cannot stall anything.
 */
export class VerifiedTokenCache {
  private young = new Map<string, VerifiedToken>();
  private old = new Map<string, VerifiedToken>();

  constructor(private readonly generationSize = 5000) {}

  static keyOf(token: string): string {
    return hash('sha256', token, 'binary');
  }

  get(key: string): VerifiedToken | undefined {
    const recent = this.young.get(key);
    if (recent !== undefined) return recent;
    const found = this.old.get(key);
    if (found !== undefined) this.put(key, found);
    return found;
  }

  put(key: string, token: VerifiedToken): void {
    if (this.young.size >= this.generationSize) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, token);
  }

  clear(): void {
    this.young.clear();
    this.old.clear();
  }
}
