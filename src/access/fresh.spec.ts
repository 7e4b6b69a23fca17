import 'reflect-metadata';
import type { ExecutionContext, Type } from '@nestjs/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { loadSettings } from '../config/settings.js';
import { Clock } from '../platform/clock.js';
import { Authenticated, OptionalAuth, Public, RequirePermissions } from './access.js';
import { AccessDenied, AuthenticationRequired, StaleAuthentication } from './access.errors.js';
import { AccessGuard } from './access.guard.js';
import { Fresh, declaredFreshness } from './fresh.js';
import { Freshness } from './freshness.js';
import type { Principal } from './principal.js';

/** Seconds. */
const AUTH_TIME = 1_800_000_000;
const LEEWAY = 5000;

class FakeClock extends Clock {
  millis = AUTH_TIME * 1000;
  override now = () => this.millis;
}

const PERSON: Principal = {
  id: 'sub',
  type: 'user',
  sessionId: 'sid',
  tokenId: 'jti',
  clientId: 'signet',
  roles: [],
  permissions: new Set(),
  authTime: AUTH_TIME,
  amr: ['pwd'],
  expiresAt: AUTH_TIME + 86_400,
};

@Authenticated()
@Fresh('30s')
class Weighty {
  inherited(): void {}
  @Fresh('2m') own(): void {}
  @Fresh() default(): void {}
  @Public() opened(): void {}
  @OptionalAuth() perhaps(): void {}
  @RequirePermissions('keys:write') permitted(): void {}
}

@Authenticated()
class Light {
  plain(): void {}
}

describe('a route that is marked @Fresh', () => {
  let clock: FakeClock;
  let guard: AccessGuard;
  beforeEach(() => {
    clock = new FakeClock();
    const settings = loadSettings({ FRESHNESS_MAX_AGE: '10m', CLOCK_LEEWAY: `${LEEWAY}ms` });
    guard = new AccessGuard(new Freshness(clock, settings), pino({ enabled: false }));
  });

  /** Calls the guard as Nest does, `age` milliseconds after the proof. */
  function enter(
    controller: Type,
    method: string,
    age: number,
    user: Principal | 'nobody' = PERSON,
  ): boolean {
    clock.millis = AUTH_TIME * 1000 + age;
    const handler: unknown = (controller.prototype as Record<string, unknown>)[method];
    const context = {
      getClass: () => controller,
      getHandler: () => handler,
      switchToHttp: () => ({ getRequest: () => (user === 'nobody' ? {} : { user }) }),
    };
    return guard.canActivate(context as unknown as ExecutionContext); // all that the guard asks of a context
  }

  it.each([
    ['default', 600_000],
    ['own', 120_000],
    ['inherited', 30_000],
  ])(
    'takes a proof up to its age and the leeway, and none a millisecond older: %s',
    (method, max) => {
      for (const age of [0, max - 1, max, max + 1, max + LEEWAY - 1, max + LEEWAY]) {
        expect(enter(Weighty, method, age)).toBe(true);
      }
      for (const age of [max + LEEWAY + 1, max * 2, 86_400_000]) {
        expect(() => enter(Weighty, method, age)).toThrow(StaleAuthentication);
      }
    },
  );

  it('takes no proof from the future, beyond what clocks may differ', () => {
    for (const age of [-1, -LEEWAY]) expect(enter(Weighty, 'default', age)).toBe(true);
    for (const age of [-LEEWAY - 1, -3_600_000, -9e14]) {
      expect(() => enter(Weighty, 'default', age)).toThrow(StaleAuthentication);
    }
  });

  it('refuses with the challenge of RFC 9470, which says how fresh', () => {
    const refusalOf = (method: string) => {
      try {
        enter(Weighty, method, 86_400_000);
      } catch (error) {
        return error as StaleAuthentication;
      }
      throw new Error('was let in');
    };
    expect(refusalOf('default')).toMatchObject({
      kind: { code: 'insufficient_user_authentication', status: 401 },
      headers: {
        'WWW-Authenticate':
          'Bearer realm="signet", error="insufficient_user_authentication", error_description="More recent authentication is required", max_age=600',
      },
    });
    expect(refusalOf('own').headers['WWW-Authenticate']).toMatch(/, max_age=120$/);
  });

  it('does not let in for freshness alone, and asks for it last', () => {
    expect(() => enter(Weighty, 'permitted', 0)).toThrow(AccessDenied);
    expect(() => enter(Weighty, 'permitted', 86_400_000)).toThrow(AccessDenied);
    const permitted = { ...PERSON, permissions: new Set(['keys:write']) };
    expect(enter(Weighty, 'permitted', 0, permitted)).toBe(true);
    expect(() => enter(Weighty, 'permitted', 86_400_000, permitted)).toThrow(StaleAuthentication);
  });

  it('lets nobody in, even where it was declared open by mistake', () => {
    for (const method of ['inherited', 'own', 'opened', 'perhaps']) {
      expect(() => enter(Weighty, method, 0, 'nobody')).toThrow(AuthenticationRequired);
    }
  });

  it('is the only one that asks', () => {
    expect(enter(Light, 'plain', 86_400_000)).toBe(true);
  });

  it('takes a service by the age of its token', () => {
    const service: Principal = { ...PERSON, type: 'service', amr: [] };
    expect(enter(Weighty, 'default', 600_000, service)).toBe(true);
    expect(() => enter(Weighty, 'default', 605_001, service)).toThrow(StaleAuthentication);
  });
});

describe('@Fresh', () => {
  it('takes a duration of at least a second and fails at once on anything else', () => {
    for (const text of ['', '5', '5 m', 'soon', '-1s', '999ms', '0s']) {
      expect(() => Fresh(text)).toThrow(/must be/);
    }
    expect(() => Fresh('1s')).not.toThrow();
  });

  it('is what the documentation shows', () => {
    const shown = (controller: Type, method: string) =>
      declaredFreshness((controller.prototype as Record<string, object>)[method] ?? {}, controller);
    expect(shown(Weighty, 'own')).toEqual({ maxAge: 120_000 });
    expect(shown(Weighty, 'default')).toEqual({});
    expect(shown(Weighty, 'inherited')).toEqual({ maxAge: 30_000 });
    expect(shown(Light, 'plain')).toBeUndefined();
  });
});
