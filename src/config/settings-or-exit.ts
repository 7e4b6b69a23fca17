import { BadConfiguration } from '../platform/settings/read-settings.js';
import { loadSettings } from './settings.js';
import type { Settings } from './settings.js';

/** The settings of this process; when they are wrong, all that is wrong is said and the process ends with 1. */
export function settingsOrExit(): Settings {
  try {
    return loadSettings(process.env);
  } catch (error) {
    if (!(error instanceof BadConfiguration)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
