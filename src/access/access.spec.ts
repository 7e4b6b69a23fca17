import 'reflect-metadata';
import type { ExecutionContext, Type } from '@nestjs/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import {
  Authenticated,
  OptionalAuth,
  Public,
  RequirePermissions,
  Roles,
  declaredAccess,
  describeAccess,
} from './access.js';
import { AccessDenied, AuthenticationRequired } from './access.errors.js';
import { AccessGuard } from './access.guard.js';
import { loadSettings } from '../config/settings.js';
import { Clock } from '../platform/clock.js';
import { Freshness } from './freshness.js';
import type { Principal } from './principal.js';

class Open {
  open(): void {}
}
Public()(Open);

class Declared {
  @Public() everybody(): void {}
  @OptionalAuth() perhaps(): void {}
  @Authenticated() signedIn(): void {}
  @Authenticated('user') person(): void {}
  @Authenticated('service') machine(): void {}
  @Roles('admin', 'editor') byRole(): void {}
  @RequirePermissions('users:read', 'users:write') byPermission(): void {}
  undeclared(): void {}
}

@Public()
class PublicClass {
  inherited(): void {}
  @Roles('admin') forAdmins(): void {}
  @RequirePermissions('audit:read') forAuditors(): void {}
  @Authenticated() forAnyone(): void {}
}

@Roles('admin')
class AdminClass {
  inherited(): void {}
  @Public() opened(): void {}
}

class Heir extends AdminClass {
  more(): void {}
}

const principal = (roles: readonly string[], permissions: readonly string[] = []): Principal => ({
  id: 'sub',
  type: 'user',
  sessionId: 'sid',
  tokenId: 'jti',
  clientId: 'signet',
  roles,
  permissions: new Set(permissions),
  authTime: 0,
  amr: ['pwd'],
  expiresAt: 0,
});
const NOBODY = undefined;
const PLAIN = principal([]);
const ADMIN = principal(['admin']);
const SERVICE: Principal = { ...principal(['admin']), type: 'service', amr: [] };

describe('AccessGuard', () => {
  let logged: string;
  let guard: AccessGuard;
  beforeEach(() => {
    logged = '';
    guard = new AccessGuard(
      new Freshness(new Clock(), loadSettings({})),
      pino({}, { write: (line) => (logged += line) }),
    );
  });

  /** Calls the guard for a handler as Nest does. */
  function enter(controller: Type, method: string, user: Principal | undefined): boolean {
    const handler: unknown = (controller.prototype as Record<string, unknown>)[method];
    const context = {
      getClass: () => controller,
      getHandler: () => handler,
      switchToHttp: () => ({ getRequest: () => ({ user }) }),
    };
    return guard.canActivate(context as unknown as ExecutionContext); // all that the guard asks of a context
  }

  it('refuses a route that declares nothing, even to administrators, and logs which one', () => {
    for (const user of [NOBODY, PLAIN, ADMIN]) {
      expect(() => enter(Declared, 'undeclared', user)).toThrow(AccessDenied);
    }
    expect(logged).toContain('Declared.undeclared');
  });

  it('lets everybody in where the route is public', () => {
    for (const user of [NOBODY, PLAIN, ADMIN]) {
      expect(enter(Declared, 'everybody', user)).toBe(true);
      expect(enter(Open, 'open', user)).toBe(true);
    }
  });

  it('asks for a token wherever the route is not public', () => {
    for (const method of ['signedIn', 'byRole', 'byPermission']) {
      expect(() => enter(Declared, method, NOBODY)).toThrow(AuthenticationRequired);
    }
    expect(enter(Declared, 'signedIn', PLAIN)).toBe(true);
  });

  it('lets everybody in where a token is optional', () => {
    for (const user of [NOBODY, PLAIN, SERVICE])
      expect(enter(Declared, 'perhaps', user)).toBe(true);
  });

  it('tells people from service accounts, whatever their roles', () => {
    for (const user of [PLAIN, ADMIN]) {
      expect(enter(Declared, 'person', user)).toBe(true);
      expect(() => enter(Declared, 'machine', user)).toThrow(
        new AccessDenied('only service accounts may do this'),
      );
    }
    expect(enter(Declared, 'machine', SERVICE)).toBe(true);
    expect(() => enter(Declared, 'person', SERVICE)).toThrow(
      new AccessDenied('only people may do this, no service accounts'),
    );
    for (const method of ['person', 'machine']) {
      expect(() => enter(Declared, method, NOBODY)).toThrow(AuthenticationRequired);
    }
    expect(enter(Declared, 'signedIn', SERVICE)).toBe(true);
  });

  it('asks for one of the roles, spelled exactly', () => {
    expect(enter(Declared, 'byRole', principal(['viewer', 'editor']))).toBe(true);
    for (const roles of [[], ['viewer'], ['Admin'], ['admin '], ['admin,editor'], ['adm']]) {
      expect(() => enter(Declared, 'byRole', principal(roles))).toThrow(AccessDenied);
    }
  });

  it('asks for every permission, whatever the roles', () => {
    expect(
      enter(Declared, 'byPermission', principal([], ['users:write', 'users:read', 'x:y'])),
    ).toBe(true);
    const fewer = [
      [],
      ['users:read'],
      ['users:write'],
      ['users:read users:write'],
      ['users:*'],
      ['*'],
    ];
    for (const permissions of fewer) {
      expect(() => enter(Declared, 'byPermission', principal(['admin'], permissions))).toThrow(
        AccessDenied,
      );
    }
  });

  it('is not opened by a public class where the handler asks for more', () => {
    expect(enter(PublicClass, 'inherited', NOBODY)).toBe(true);
    for (const method of ['forAdmins', 'forAuditors', 'forAnyone']) {
      expect(() => enter(PublicClass, method, NOBODY)).toThrow(AuthenticationRequired);
    }
    expect(() => enter(PublicClass, 'forAdmins', PLAIN)).toThrow(AccessDenied);
    expect(enter(PublicClass, 'forAdmins', ADMIN)).toBe(true);
  });

  it('takes what the class says where the handler says nothing', () => {
    for (const controller of [AdminClass, Heir]) {
      expect(() => enter(controller, 'inherited', PLAIN)).toThrow(AccessDenied);
      expect(enter(controller, 'inherited', ADMIN)).toBe(true);
      expect(enter(controller, 'opened', NOBODY)).toBe(true);
    }
    expect(() => enter(Heir, 'more', PLAIN)).toThrow(AccessDenied);
  });

  it('says what is missing, in words and in the challenge of RFC 6750', () => {
    const refusalOf = (method: string) => {
      try {
        enter(Declared, method, PLAIN);
      } catch (error) {
        return error as AccessDenied;
      }
      throw new Error('was let in');
    };
    expect(refusalOf('byRole').detail).toBe('needs the role admin or editor');
    expect(refusalOf('byPermission')).toMatchObject({
      detail: 'needs the permission users:read and users:write',
      headers: { 'WWW-Authenticate': 'Bearer realm="signet", error="insufficient_scope"' },
    });
    // RFC 6750 3.1: no error code when no token was sent.
    expect(new AuthenticationRequired().headers).toEqual({
      'WWW-Authenticate': 'Bearer realm="signet"',
    });
  });
});

describe('an access that is declared', () => {
  it('is declared once a handler and once a class', () => {
    expect(() => {
      class Twice {
        @Public() @Roles('admin') handler(): void {}
      }
      return Twice;
    }).toThrow('handler declares its access twice');
    expect(() => {
      @Authenticated()
      @Authenticated()
      class Twice {}
      return Twice;
    }).toThrow('Twice declares its access twice');
  });

  it('is the one that the documentation shows', () => {
    const shown = (controller: Type, method: string) => {
      const access = declaredAccess(
        (controller.prototype as Record<string, object>)[method] ?? {},
        controller,
      );
      return access === undefined ? undefined : describeAccess(access);
    };
    expect(shown(Declared, 'everybody')).toBe('anyone');
    expect(shown(Declared, 'signedIn')).toBe('anyone who has signed in');
    expect(shown(Declared, 'perhaps')).toBe('anyone; with a token, as whom it speaks for');
    expect(shown(Declared, 'person')).toBe('any person who has signed in; no service accounts');
    expect(shown(Declared, 'machine')).toBe('any service account');
    expect(shown(Declared, 'byRole')).toBe('role `admin` or `editor`');
    expect(shown(Declared, 'byPermission')).toBe('permission `users:read` and `users:write`');
    expect(shown(PublicClass, 'forAdmins')).toBe('role `admin`');
    expect(shown(AdminClass, 'inherited')).toBe('role `admin`');
    expect(shown(Declared, 'undeclared')).toBeUndefined();
  });
});
