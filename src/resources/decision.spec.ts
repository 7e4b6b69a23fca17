import { describe, expect, it } from '@jest/globals';
import { decide } from './decision.js';
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
