import { defineProblem } from '../platform/http/problem.js';

/** Consumers that need the document refuse everything until enough of it has expired: better than half of it. */
export class TooManyNamed extends defineProblem(
  'too_many_named_revocations',
  503,
  'More is revoked by name than one document can say',
) {
  constructor() {
    super({ headers: { 'Retry-After': '60' } });
  }
}
