import { parseArgs } from 'node:util';
import type { RestoreReport } from './restore.service.js';

export const RESTORE_USAGE = `Ends a restore of the database from a backup, so that nothing which was ended since the backup lives again.

  npm run finish-restore                          every token and session ends; people sign in again
  npm run finish-restore -- --end-credentials     service credentials, too: services need new ones

Run it once, with the settings of a replica, after the backup was put in place.`;

/** What the command was called with. @throws TypeError for arguments that there are none of. */
export function readRestoreArguments(given: readonly string[]) {
  const options = {
    'end-credentials': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  const { values } = parseArgs({ args: [...given], options });
  return { endCredentials: values['end-credentials'], help: values.help };
}

/** What a person should know when it is done. */
export function describeRestore(report: RestoreReport, endCredentials: boolean): string {
  const { backup, marked, sessionsEnded, keysReplaced, credentialsEnded } = report;
  const lost =
    marked === undefined
      ? 'How many revocations were lost is not known: this data folder has no mark.'
      : `The backup ends at revision ${backup}; this data folder knew of ${marked}.`;
  const credentials = endCredentials
    ? `${credentialsEnded} service credentials were ended.`
    : 'Service credentials are those of the backup; `--end-credentials` ends them all.';
  return `The restore is finished. ${lost}
${sessionsEnded} sessions were ended and ${keysReplaced} signing keys replaced: no token from before is taken.
${credentials}
All else is as it was when the backup was made. Look at what changed since: people who were disabled or
deleted, passwords, roles, grants, and credentials that were deleted are as they were then.`;
}
