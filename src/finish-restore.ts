import { createApp } from './app.js';
import { settingsOrExit } from './config/settings-or-exit.js';
import {
  RESTORE_USAGE,
  describeRestore,
  readRestoreArguments,
} from './operations/restore/restore-command.js';
import { RestoreService } from './operations/restore/restore.service.js';
import { Startup } from './operations/startup.js';
import { createLogger } from './platform/logger.js';

/** `npm run finish-restore`: the last step of restoring the database from a backup. */
const { endCredentials, help } = readRestoreArguments(process.argv.slice(2));
if (help) {
  console.log(RESTORE_USAGE);
} else {
  process.umask(0o077);
  const settings = settingsOrExit();
  const app = await createApp(settings, { logger: createLogger('warn') });
  try {
    await app.get(Startup).open();
    const report = await app.get(RestoreService).finish({ endCredentials });
    console.log(describeRestore(report, endCredentials));
  } finally {
    await app.close();
  }
}
