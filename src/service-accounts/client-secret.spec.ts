import { describe, expect, it } from '@jest/globals';
import { hashOfSecret, newClientSecret } from './client-secret.js';

describe('a client secret', () => {
  it('is recognised, never the same, and needs no quoting', () => {
    const secrets = Array.from({ length: 1000 }, newClientSecret);
    expect(new Set(secrets).size).toBe(1000);
    for (const secret of secrets) {
      expect(secret).toMatch(/^sgs_[A-Za-z0-9_-]{43}$/);
      expect(encodeURIComponent(secret)).toBe(secret);
    }
  });

  it('is stored as SHA-256', () => {
    // Computed with sha256sum, not with this code.
    expect(hashOfSecret('sgs_example')).toBe(
      'f4230a172f90e497da5199812809765bf8f4a4c4c8e0ef794d4f97c2eb2dbff4',
    );
  });
});
