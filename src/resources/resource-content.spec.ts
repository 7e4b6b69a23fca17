import { describe, expect, it } from '@jest/globals';
import type { Standing } from '../principals/standing.js';
import type { ResourceAccess } from './resource-access.service.js';
import { resourceContent, selectClaims } from './resource-content.js';

const STANDING: Standing = {
  type: 'user',
  status: 'active',
  tokenVersion: 3,
  roles: ['editor', 'viewer'],
  permissions: ['resources:read'],
  userClaims: { team: 'payments', level: 1 },
};

const ACCESS = {
  resource: { identifier: 'https://deploy.example.com', claims: ['team'] },
  standing: STANDING,
  actions: ['read'],
  roles: ['viewer'],
  lifetime: 120_000,
} as unknown as ResourceAccess; // all of it that a token says

describe('what a token for a resource says', () => {
  it('is what is granted there, not what the principal may do elsewhere', () => {
    expect(resourceContent(ACCESS, STANDING)).toEqual({
      audience: 'https://deploy.example.com',
      roles: ['viewer'],
      scope: ['read'],
      tokenVersion: 3,
      userClaims: { team: 'payments' },
      lifetime: 120_000,
    });
  });

  it('has the claims that the resource wants, all without a list and none by an empty one', () => {
    const claims = { team: 'payments', level: 1 };
    expect(selectClaims(claims, null)).toEqual(claims);
    expect(selectClaims(claims, ['level', 'other', 'toString'])).toEqual({ level: 1 });
    expect(selectClaims(claims, [])).toEqual({});
    expect(selectClaims({}, ['team'])).toEqual({});
  });
});
