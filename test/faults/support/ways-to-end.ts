import type { Request } from './client.js';
import { claimOf } from './glass-box.js';
import type { Operation } from './recorder.js';
import type { Grant, Victim } from './victims.js';
import { signInOf, tokenOf } from './victims.js';

/** A request that must be answered so once the access has ended. */
export interface Trial {
  readonly what: string;
  readonly op: Operation;
  readonly request: Request;
  readonly status: 200 | 401;
}

/** What is true once an end was acknowledged. */
export interface Aftermath {
  /** Access tokens that are refused everywhere. */
  readonly dead: readonly string[];
  /** Access tokens that have nothing to do with it. */
  readonly alive: readonly string[];
  readonly trials: readonly Trial[];
}

/** One way in which access ends. */
export interface Way {
  readonly name: string;
  readonly whose: 'person' | 'account';
  readonly op: Operation;
  /** Roles that are left, when those are what changes. */
  readonly roles?: readonly string[];
  request(victim: Victim, administrator: string): Request;
  aftermath(victim: Victim): Aftermath;
}

/** Every way but those of chains, which sign out, and of the administrator's users, who are disabled. */
export const WAYS: readonly Way[] = [
  {
    name: 'a token is revoked',
    whose: 'person',
    op: 'revoke',
    request: ({ one }, token) => revocation('token', claimOf(one.access, 'jti'), token),
    aftermath: ({ one, two }) => ({
      dead: [one.access],
      alive: [two.access],
      trials: [goesOn(one), goesOn(two)],
    }),
  },
  {
    name: 'a session is revoked',
    whose: 'person',
    op: 'revoke',
    request: ({ one }, token) => revocation('session', one.session, token),
    aftermath: ({ one, two }) => ({
      dead: [one.access],
      alive: [two.access],
      trials: [isOver(one), goesOn(two)],
    }),
  },
  {
    name: 'everything of a person is revoked',
    whose: 'person',
    op: 'revoke',
    request: ({ who }, token) => revocation('principal', who.id, token),
    aftermath: allIsOver,
  },
  {
    name: "a user's tokens are revoked",
    whose: 'person',
    op: 'revoke-tokens',
    request: ({ who }, token) => ({ ...post(`/v1/users/${who.id}/revoke-tokens`), token }),
    aftermath: allIsOver,
  },
  {
    name: 'somebody signs out everywhere',
    whose: 'person',
    op: 'logout-all',
    request: ({ one }) => ({ ...post('/v1/auth/logout-all'), token: one.access }),
    aftermath: allIsOver,
  },
  {
    name: 'somebody revokes their access token (RFC 7009)',
    whose: 'person',
    op: 'oauth-revoke',
    request: ({ one }) => standardRevocation(one.access, one),
    aftermath: ({ one, two }) => ({
      dead: [one.access],
      alive: [two.access],
      trials: [goesOn(one), goesOn(two)],
    }),
  },
  {
    name: 'somebody revokes their refresh token (RFC 7009)',
    whose: 'person',
    op: 'oauth-revoke',
    request: ({ one }) => standardRevocation(one.refresh, one),
    aftermath: ({ one, two }) => ({
      dead: [one.access],
      alive: [two.access],
      trials: [isOver(one), goesOn(two)],
    }),
  },
  {
    name: 'somebody changes their password',
    whose: 'person',
    op: 'change-password',
    request: ({ who, one }) => ({
      method: 'PUT',
      path: '/v1/auth/password',
      token: one.access,
      body: { currentPassword: who.password, newPassword: nextPassword(who) },
    }),
    aftermath: ({ who, one, two }) => ({
      dead: [one.access, two.access],
      alive: [],
      trials: [
        goesOn(one),
        isOver(two),
        { what: 'the old password', op: 'login', request: signInOf(who), status: 401 },
        {
          what: 'the new password',
          op: 'login',
          request: signInOf({ ...who, password: nextPassword(who) }),
          status: 200,
        },
      ],
    }),
  },
  {
    name: 'a role is taken away',
    whose: 'person',
    op: 'set-roles',
    roles: ['viewer'],
    request: ({ who }, token) => ({
      method: 'PUT',
      path: `/v1/users/${who.id}/roles`,
      token,
      body: { roles: ['viewer'] },
    }),
    aftermath: ({ one, two }) => ({
      dead: [one.access, two.access],
      alive: [],
      trials: [goesOn(one), goesOn(two)],
    }),
  },
  {
    name: 'a credential is removed',
    whose: 'account',
    op: 'delete-credential',
    request: ({ who, one }, token) => ({
      method: 'DELETE',
      path: `/v1/service-accounts/${who.id}/credentials/${one.session}`,
      token,
    }),
    aftermath: ({ who, one, two }) => ({
      dead: [one.access],
      alive: [two.access],
      trials: [
        {
          what: 'the credential',
          op: 'client-token',
          request: tokenOf(who.id, one.secret),
          status: 401,
        },
        {
          what: 'the other credential',
          op: 'client-token',
          request: tokenOf(who.id, two.secret),
          status: 200,
        },
      ],
    }),
  },
];

function allIsOver({ one, two }: Victim): Aftermath {
  return { dead: [one.access, two.access], alive: [], trials: [isOver(one), isOver(two)] };
}

function goesOn({ refresh, session }: Grant): Trial {
  return { what: `session ${session}`, op: 'refresh', request: refreshOf(refresh), status: 200 };
}

function isOver({ refresh, session }: Grant): Trial {
  return { what: `session ${session}`, op: 'refresh', request: refreshOf(refresh), status: 401 };
}

function refreshOf(refreshToken: string): Request {
  return { ...post('/v1/auth/refresh'), body: { refresh_token: refreshToken } };
}

function revocation(kind: 'token' | 'session' | 'principal', subject: string, token: string) {
  return { ...post('/v1/revocations'), token, body: { kind, subject } };
}

function standardRevocation(token: string, { access }: Grant): Request {
  return { ...post('/oauth/revoke'), token: access, form: { token } };
}

function nextPassword({ password }: Victim['who']): string {
  return [...password].reverse().join('');
}

function post(path: string): Pick<Request, 'method' | 'path'> {
  return { method: 'POST', path };
}
