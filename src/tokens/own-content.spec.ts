import { describe, expect, it } from '@jest/globals';
import type { Standing } from '../principals/standing.js';
import { ownContent } from './own-content.js';

const STANDING: Standing = {
  type: 'service',
  status: 'active',
  tokenVersion: 3,
  roles: ['editor'],
  permissions: ['resources:read', 'resources:write'],
  userClaims: { team: 'payments' },
};

describe("what a token for Signet's own API says", () => {
  it('is all that its principal is and may do', () => {
    const all = {
      roles: ['editor'],
      scope: ['resources:read', 'resources:write'],
      tokenVersion: 3,
      userClaims: { team: 'payments' },
    };
    expect(ownContent(STANDING)).toEqual(all);
    expect(ownContent(STANDING, new Set([...STANDING.permissions, 'users:read']))).toEqual(all);
  });

  it('is less when it was asked to say less, and then no role, which would give the rest', () => {
    const ask = (...scope: string[]) => ownContent(STANDING, new Set(scope));
    expect(ask('resources:read', 'users:write')).toMatchObject({
      roles: [],
      scope: ['resources:read'],
    });
    expect(ask('users:write')).toMatchObject({ roles: [], scope: [] });
  });
});
