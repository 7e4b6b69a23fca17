import { defineProblem } from '../platform/http/problem.js';

export class KeyNotFound extends defineProblem('key_not_found', 404, 'There is no such key') {}

/** Consumers that read the key set just before the key was added may not know it yet. */
export class NextKeyTooYoung extends defineProblem(
  'next_key_too_young',
  409,
  'The next key was not published for long enough yet',
) {
  constructor(remainingMs: number) {
    const seconds = Math.max(1, Math.ceil(remainingMs / 1000));
    super({
      detail: `It may sign in ${seconds} seconds`,
      headers: { 'Retry-After': String(seconds) },
    });
  }
}

/** A key that is over already: removed, or known to be compromised. */
export class KeyIsOver extends defineProblem(
  'key_is_over',
  409,
  'The key is not in use any more',
) {}
