import { describe, expect, it } from '@jest/globals';
import { decide, grantedActions } from './decision.js';
import type { Question } from './decision.js';
import type { Grant } from './grant.entity.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');

const question: Question = {
  resource: { identifier: 'urn:example:api', ownerId: 'owner', actions: ['read', 'deploy'] },
  action: 'read',
  principalId: 'user',
  standing: { status: 'active', roles: ['editor'] },
  grants: [],
  now: NOW,
};

const grant = (changes: Partial<Grant>): Grant => ({
  id: 'grant',
  resourceId: 'resource',
  principalId: null,
  roleName: null,
  actions: ['read'],
  endsAt: null,
  createdBy: null,
  createdAt: 0,
  ...changes,
});

describe('who may do what', () => {
  it('refuses without ownership or a grant', () => {
    expect(decide(question)).toMatchObject({ allowed: false, reason: { code: 'no_grant' } });
  });

  it('allows the owner every action', () => {
    for (const action of ['read', 'deploy']) {
      expect(decide({ ...question, action, principalId: 'owner' })).toMatchObject({
        allowed: true,
        reason: { code: 'owner' },
      });
    }
  });

  it('takes nobody for the owner of what has none', () => {
    const resource = { ...question.resource, ownerId: null };
    expect(decide({ ...question, resource }).allowed).toBe(false);
  });

  it('does not allow administrators by their role', () => {
    const standing = { status: 'active' as const, roles: ['admin'] };
    expect(decide({ ...question, standing }).allowed).toBe(false);
  });

  it('refuses the disabled and the unknown, owner or not', () => {
    const grants = [grant({ principalId: 'owner' })];
    const asked = { ...question, principalId: 'owner', grants };
    expect(decide({ ...asked, standing: { status: 'disabled', roles: [] } })).toMatchObject({
      allowed: false,
      reason: { code: 'principal_disabled' },
    });
    expect(decide({ ...asked, standing: undefined })).toMatchObject({
      allowed: false,
      reason: { code: 'unknown_principal' },
    });
  });

  it('allows what a grant names, and says which', () => {
    const grants = [grant({ id: 'mine', principalId: 'user' })];
    expect(decide({ ...question, grants })).toMatchObject({
      allowed: true,
      reason: { code: 'granted', grantId: 'mine' },
    });
    expect(decide({ ...question, grants, action: 'deploy' }).reason.code).toBe('no_grant');
  });

  it('allows through a role, and says which', () => {
    const grants = [grant({ roleName: 'editor' })];
    expect(decide({ ...question, grants })).toMatchObject({
      allowed: true,
      reason: { code: 'role', grantId: 'grant', role: 'editor' },
    });
  });

  it('takes no grant of another principal or of a role that the principal has not', () => {
    const grants = [
      grant({ principalId: 'other' }),
      grant({ roleName: 'viewer' }),
      grant({ roleName: 'user' }),
      grant({ principalId: 'editor' }),
    ];
    expect(decide({ ...question, grants }).reason.code).toBe('no_grant');
  });

  it('refuses an action that the resource has not, whatever a grant names', () => {
    const grants = [grant({ principalId: 'user', actions: ['destroy'] })];
    for (const principalId of ['user', 'owner']) {
      expect(decide({ ...question, grants, principalId, action: 'destroy' })).toMatchObject({
        allowed: false,
        reason: { code: 'unknown_action' },
      });
    }
  });

  it('allows until the end and not at it', () => {
    const ending = (endsAt: number) =>
      decide({ ...question, grants: [grant({ principalId: 'user', endsAt })] });
    expect(ending(NOW + 1).allowed).toBe(true);
    expect(ending(NOW)).toEqual({
      allowed: false,
      reason: {
        code: 'grant_ended',
        text: 'The grant that gave "read" ended at 2026-03-01T12:00:00.000Z.',
        grantId: 'grant',
        endedAt: NOW,
      },
    });
  });

  it('names the grant that ended last', () => {
    const grants = [
      grant({ id: 'first', principalId: 'user', endsAt: NOW - 20 }),
      grant({ id: 'last', roleName: 'editor', endsAt: NOW - 10 }),
      grant({ id: 'between', principalId: 'user', endsAt: NOW - 15 }),
    ];
    expect(decide({ ...question, grants }).reason).toMatchObject({
      code: 'grant_ended',
      grantId: 'last',
      role: 'editor',
      endedAt: NOW - 10,
    });
  });

  it('prefers a live grant to an ended one, and the own one to that of a role', () => {
    const ended = grant({ id: 'ended', principalId: 'user', endsAt: NOW - 1 });
    const role = grant({ id: 'role', roleName: 'editor' });
    const own = grant({ id: 'own', principalId: 'user' });
    expect(decide({ ...question, grants: [ended, role] }).reason.grantId).toBe('role');
    expect(decide({ ...question, grants: [ended, role, own] }).reason.grantId).toBe('own');
  });
});

describe('all that somebody may do', () => {
  const { action: _, ...situation } = question;

  it('is nothing without ownership or a grant', () => {
    expect(grantedActions(situation)).toEqual([]);
  });

  it('is everything for the owner, without an end', () => {
    const grants = [grant({ principalId: 'owner', endsAt: NOW + 1 })];
    expect(grantedActions({ ...situation, principalId: 'owner', grants })).toEqual([
      { action: 'read', roles: [], endsAt: null },
      { action: 'deploy', roles: [], endsAt: null },
    ]);
  });

  it('names the roles through which, each once, and not those that allow nothing', () => {
    const standing = { status: 'active' as const, roles: ['editor', 'viewer', 'idle'] };
    const grants = [
      grant({ roleName: 'editor' }),
      grant({ roleName: 'editor', endsAt: NOW + 5 }),
      grant({ roleName: 'viewer', actions: ['deploy'] }),
      grant({ roleName: 'idle', endsAt: NOW }),
      grant({ roleName: 'idle', actions: ['destroy'] }),
      grant({ roleName: 'stranger' }),
    ];
    expect(grantedActions({ ...situation, standing, grants })).toEqual([
      { action: 'read', roles: ['editor'], endsAt: null },
      { action: 'deploy', roles: ['viewer'], endsAt: null },
    ]);
  });

  it('lasts as long as the grant that lasts longest', () => {
    const grants = [
      grant({ principalId: 'user', endsAt: NOW + 10 }),
      grant({ roleName: 'editor', endsAt: NOW + 20 }),
      grant({ principalId: 'user', endsAt: NOW - 1 }),
    ];
    expect(grantedActions({ ...situation, grants })).toEqual([
      { action: 'read', roles: ['editor'], endsAt: NOW + 20 },
    ]);
  });

  it('is what the decision allows, action by action, for any grants', () => {
    const random = generator(20260301);
    const pick = <T>(...values: readonly T[]): T =>
      values[Math.floor(random() * values.length)] as T;
    const some = <T>(values: readonly T[]): T[] => values.filter(() => random() < 0.5);
    const actions = ['read', 'deploy', 'write', 'approve'];
    const roles = ['editor', 'viewer', 'release'];
    let allowedSeen = 0;
    for (let round = 0; round < 2000; round++) {
      const random5 = Array.from({ length: Math.floor(random() * 6) }, () =>
        grant({
          ...pick(
            { principalId: pick('user', 'owner', 'other') },
            { roleName: pick(...roles) },
            { roleName: pick('user', 'stranger') },
          ),
          actions: some([...actions, 'destroy']),
          endsAt: pick(null, NOW - 1, NOW, NOW + 1, NOW + 60_000),
        }),
      );
      const asked = {
        resource: { ...question.resource, actions: some(actions) },
        principalId: pick('user', 'owner'),
        standing: pick(
          undefined,
          ...(['active', 'active', 'active', 'disabled'] as const).map((status) => ({
            status,
            roles: some(roles),
          })),
        ),
        grants: random5,
        now: NOW,
      };
      const granted = grantedActions(asked);
      const names = granted.map(({ action }) => action);
      for (const action of [...actions, 'destroy', '']) {
        expect(names.includes(action)).toBe(decide({ ...asked, action }).allowed);
        // ... and until when, and not a moment longer.
        const { endsAt } = granted.find((one) => one.action === action) ?? {};
        if (typeof endsAt === 'number') {
          expect(decide({ ...asked, action, now: endsAt - 1 }).allowed).toBe(true);
          expect(decide({ ...asked, action, now: endsAt }).allowed).toBe(false);
        }
      }
      expect(new Set(names).size).toBe(names.length);
      allowedSeen += names.length;
    }
    expect(allowedSeen).toBeGreaterThan(1000); // or it proves nothing
  });
});

/** A random sequence that is the same each time (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
