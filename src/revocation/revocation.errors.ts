import { defineProblem } from '../platform/http/problem.js';

/** The index may be older than the bound allows, so nobody is let in on its word. */
export class RevocationStateStale extends defineProblem(
  'revocation_state_stale',
  503,
  'Whether the token was revoked is not known for certain now; try again soon',
) {
  constructor(options: ErrorOptions = {}) {
    super({ ...options, headers: { 'Retry-After': '1' } });
  }
}

/** The caller has a receipt of a revision that this replica does not know, and wants no older truth. */
export class RevisionNotReached extends defineProblem(
  'revision_not_reached',
  503,
  'This replica does not know that revision; try again soon',
) {
  constructor(options: ErrorOptions = {}) {
    super({ ...options, headers: { 'Retry-After': '1' } });
  }
}
