import { randomUUID } from 'node:crypto';
import { ADMIN_ROLE, PERMISSIONS } from '../../src/access/permissions.js';
import { TokenIssuer } from '../../src/tokens/token-issuer.js';
import type { TestApp } from './app.js';

/**
 * A token of a service that may do everything and has no account: no guard asks whether the account is
 * still there, since a revocation says so.
 */
export function serviceToken(app: TestApp, lifetimeMs?: number): string {
  const id = randomUUID();
  return app.nest.get(TokenIssuer, { strict: false }).issue({
    subject: id,
    clientId: id,
    sessionId: randomUUID(),
    roles: [ADMIN_ROLE],
    scope: [...PERMISSIONS],
    tokenVersion: 1,
    asOf: app.clock.now(),
    ...(lifetimeMs === undefined ? {} : { lifetime: lifetimeMs }),
  }).token;
}
