import { Injectable, SetMetadata } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { ServiceUnavailable } from '../platform/http/problems.js';
import { RevocationFeed } from '../revocation/revocation-feed.js';
import { Startup } from './startup.js';

const ANSWERS_ALWAYS = 'signet:answers-always';

/** Marks what answers before start-up is over, too: it says how far that is. */
export const AnswersAlways = () => SetMetadata(ANSWERS_ALWAYS, true);

/** Whether a controller is marked so. */
export function answersAlways(controller: object): boolean {
  return Reflect.getMetadata(ANSWERS_ALWAYS, controller) === true;
}

/**
 * Lets nothing in before keys, secrets and revocations are loaded. Without it a good token would be
 * refused with 401 and thrown away by its client, and the key set would be empty, and kept for minutes.
 * Nor on a database that was restored, until the restore is finished: who was disabled since is not there.
 */
@Injectable()
export class StartupGuard implements CanActivate {
  constructor(
    private readonly startup: Startup,
    private readonly feed: RevocationFeed,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.startup.hasCompleted && !this.feed.hasLostHistory) return true;
    if (answersAlways(context.getClass())) return true;
    throw new ServiceUnavailable({ headers: { 'Retry-After': '1' } });
  }
}
