import { browserSettings } from './areas/browser.settings.js';
import { databaseSettings } from './areas/database.settings.js';
import { keysSettings } from './areas/keys.settings.js';
import { revocationSettings } from './areas/revocation.settings.js';
import { serverSettings } from './areas/server.settings.js';
import { sessionSettings } from './areas/session.settings.js';
import { signInSettings } from './areas/sign-in.settings.js';
import { tokenSettings } from './areas/token.settings.js';

/** The settings by area, in the order and under the headings of `docs/configuration.md`. */
export const settingsAreas = {
  Server: serverSettings,
  Database: databaseSettings,
  Keys: keysSettings,
  'Access tokens': tokenSettings,
  Sessions: sessionSettings,
  Revocation: revocationSettings,
  'Signing in': signInSettings,
  Browsers: browserSettings,
};

/**
 * Every setting of Signet, declared once. `docs/configuration.md` is generated from this table, and
 * nothing else reads the environment.
 */
export const settingsTable = {
  ...serverSettings,
  ...databaseSettings,
  ...keysSettings,
  ...tokenSettings,
  ...sessionSettings,
  ...revocationSettings,
  ...signInSettings,
  ...browserSettings,
};
