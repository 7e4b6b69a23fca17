import { describe, expect, it } from '@jest/globals';
import { AccessDenied } from '../access/access.errors.js';
import type { Principal } from '../access/principal.js';
import { expectMayBecome, lookedAfter } from './account-power.js';
import { ServiceAccountNotFound } from './service-accounts.errors.js';
import type { AccountRecord } from './service-accounts.repository.js';

const READ = 'service-accounts:read';
const WRITE = 'service-accounts:write';

const principal = (
  id: string,
  permissions: readonly string[],
  roles: readonly string[] = [],
): Principal => ({
  id,
  type: 'user',
  sessionId: 's',
  tokenId: 't',
  clientId: 'c',
  roles,
  permissions: new Set(permissions),
  authTime: 0,
  amr: ['pwd'],
  expiresAt: 0,
});
const account = (roles: readonly string[], ownerId: string | null = 'ada'): AccountRecord => ({
  id: 'a',
  name: 'account',
  description: '',
  ownerId,
  status: 'active',
  roles,
  version: 1,
  createdAt: 0,
  updatedAt: 0,
});

const ADA = principal('ada', [READ]);
const GRACE = principal('grace', [READ]);
const DESK = principal('desk', [READ, WRITE]);
const ADMIN = principal('root', [READ, WRITE], ['admin']);
const PLAIN = account([]);
const ADMINISTRATOR = account(['admin']);

describe('looking after an account', () => {
  it('is for its owner and for the desk', () => {
    for (const by of [ADA, DESK, ADMIN]) expect(lookedAfter(PLAIN, by)).toBe(PLAIN);
    expect(() => lookedAfter(PLAIN, GRACE)).toThrow(AccessDenied);
    expect(() => lookedAfter(account([], null), ADA)).toThrow(AccessDenied);
    expect(() => lookedAfter(undefined, ADMIN)).toThrow(ServiceAccountNotFound);
  });

  it('is for its owner and for administrators when it is one', () => {
    for (const by of [ADA, ADMIN]) expect(lookedAfter(ADMINISTRATOR, by)).toBe(ADMINISTRATOR);
    expect(() => lookedAfter(ADMINISTRATOR, DESK)).toThrow(AccessDenied);
  });
});

describe('becoming an account', () => {
  const may = (
    by: Principal,
    target: AccountRecord,
    permissions: string[],
    reaches = false,
    grantedRoles: string[] = [],
  ) => {
    try {
      expectMayBecome(by, target, { permissions, grantedRoles }, reaches);
      return true;
    } catch (error) {
      if (error instanceof AccessDenied) return false;
      throw error;
    }
  };

  it('takes all that its roles permit, from its owner too', () => {
    const target = account(['auditor']);
    for (const by of [ADA, DESK]) expect(may(by, target, [READ, 'audit:read'])).toBe(false);
    expect(may(principal('grace', [WRITE, READ, 'audit:read']), target, ['audit:read'])).toBe(true);
    expect(may(ADMIN, target, ['deploy:production'])).toBe(true);
    expect(may(ADA, PLAIN, [])).toBe(true);
  });

  it('takes what resources grant to its roles, from its owner too', () => {
    const target = account(['deployer']);
    for (const by of [ADA, DESK]) expect(may(by, target, [], false, ['deployer'])).toBe(false);
    const holder = principal('grace', [WRITE], ['deployer']);
    expect(may(holder, target, [], false, ['deployer'])).toBe(true);
    expect(may(ADMIN, target, [], false, ['deployer'])).toBe(true);
  });

  it('is not for whoever has the permissions of an administrator and is none', () => {
    expect(may(DESK, ADMINISTRATOR, [READ])).toBe(false);
    expect(may(ADA, ADMINISTRATOR, [READ])).toBe(false);
    expect(may(ADMIN, ADMINISTRATOR, [READ])).toBe(true);
  });

  it('takes resources that were granted to it or are its own, but from its owner', () => {
    expect(may(ADA, PLAIN, [], true)).toBe(true);
    expect(may(DESK, PLAIN, [], true)).toBe(false);
    expect(may(DESK, account([], null), [], true)).toBe(false);
    expect(may(principal('grace', [WRITE, 'resources:manage']), PLAIN, [], true)).toBe(true);
    expect(may(ADMIN, PLAIN, [], true)).toBe(true);
  });
});
