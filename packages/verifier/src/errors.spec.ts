import { describe, expect, it } from '@jest/globals';
import { KeysUnavailable, TokenRejected, VerificationUnavailable } from './errors.js';

describe('a refusal', () => {
  it('says which step failed', () => {
    const refusal = new TokenRejected('wrong_audience');
    expect(refusal).toMatchObject({ name: 'TokenRejected', step: 'audience' });
    expect(refusal.isInsufficient).toBe(false);
  });

  it('is told from a good token that is not enough', () => {
    expect(new TokenRejected('insufficient_scope').isInsufficient).toBe(true);
    expect(new TokenRejected('insufficient_role').isInsufficient).toBe(true);
  });

  it('is something else than not knowing', () => {
    expect(new KeysUnavailable('https://id.example.com', 5)).toBeInstanceOf(
      VerificationUnavailable,
    );
    expect(new KeysUnavailable('https://id.example.com', 5)).not.toBeInstanceOf(TokenRejected);
  });
});
