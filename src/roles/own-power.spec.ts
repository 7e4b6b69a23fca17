import { describe, expect, it } from '@jest/globals';
import { AccessDenied } from '../access/access.errors.js';
import type { Principal } from '../access/principal.js';
import { expectOwnPower, expectPowerOfRoles } from './own-power.js';

const principal = (roles: readonly string[], permissions: readonly string[]): Principal => ({
  id: 'p',
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

describe('handing out permissions', () => {
  it('ends where the own ones end', () => {
    const manager = principal(['manager'], ['users:write', 'roles:write']);
    expect(() => expectOwnPower(manager, ['users:write'])).not.toThrow();
    expect(() => expectOwnPower(manager, [])).not.toThrow();
    expect(() => expectOwnPower(manager, ['users:write', 'audit:read'])).toThrow(AccessDenied);
  });

  it('has no end for an administrator', () => {
    expect(() => expectOwnPower(principal(['admin'], []), ['deploy:production'])).not.toThrow();
  });
});

describe('handing out roles', () => {
  const power = (permissions: readonly string[], grantedRoles: readonly string[]) => ({
    permissions,
    grantedRoles,
  });

  it('ends where the own permissions end', () => {
    const manager = principal(['manager'], ['users:write', 'resources:manage']);
    expect(() => {
      expectPowerOfRoles(manager, power(['audit:read'], []));
    }).toThrow(AccessDenied);
  });

  it('ends at what resources grant to a role, but for who has it or manages resources', () => {
    const granted = power([], ['deployer', 'manager']);
    const give = (roles: readonly string[], permissions: readonly string[]) => () => {
      expectPowerOfRoles(principal(roles, permissions), granted);
    };
    expect(give(['manager'], ['users:write'])).toThrow('resources are granted to deployer');
    expect(give(['manager', 'deployer'], ['users:write'])).not.toThrow();
    expect(give([], ['resources:manage'])).not.toThrow();
    expect(give(['admin'], [])).not.toThrow();
  });
});
