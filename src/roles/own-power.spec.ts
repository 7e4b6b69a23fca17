import { describe, expect, it } from '@jest/globals';
import { AccessDenied } from '../access/access.errors.js';
import type { Principal } from '../access/principal.js';
import { expectOwnPower } from './own-power.js';

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
