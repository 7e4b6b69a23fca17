import { defineProblem } from '../platform/http/problem.js';

/** The index may be older than the bound allows, so nobody is let in on its word. */
export class RevocationStateStale extends defineProblem(
  'revocation_state_stale',
  503,
  'Whether the token was revoked is not known for certain now; try again soon',
) {
  constructor() {
    super({ headers: { 'Retry-After': '1' } });
  }
}
