import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { DatabaseAddress } from '../platform/database/database-address.js';
import { BadConfiguration, readSettings } from '../platform/settings/read-settings.js';
import type { ValuesOf } from '../platform/settings/read-settings.js';
import { cookieSettings } from './cookie-settings.js';
import type { CookieSettings } from './cookie-settings.js';
import { settingsTable } from './settings-table.js';

/** The settings as they are used: parsed, checked against each other, frozen. */
export interface Settings extends Omit<
  ValuesOf<typeof settingsTable>,
  | 'issuer'
  | 'swagger'
  | 'revocationFailOpen'
  | 'statusLists'
  | 'acceptedAudiences'
  | 'accessTokenNbf'
  | 'databaseUrl'
  | 'databaseType'
  | 'databaseHost'
  | 'hashConcurrency'
  | 'cookieAccessName'
  | 'cookieRefreshName'
  | 'cookieCsrfName'
  | 'cookieDomain'
  | 'cookiePath'
  | 'cookieRefreshPath'
  | 'databasePort'
  | 'databaseName'
  | 'databaseUser'
  | 'databasePassword'
> {
  readonly production: boolean;
  readonly issuer: string;
  readonly database: DatabaseAddress;
  readonly swagger: boolean;
  readonly hashConcurrency: number;
  readonly revocationFailOpen: boolean;
  readonly statusLists: boolean;
  readonly acceptedAudiences: readonly string[];
  readonly accessTokenNbf: boolean;
  readonly cookies: CookieSettings;
}

/** The injection token of `Settings`, which is an interface and has no class. */
export const SETTINGS = Symbol('SETTINGS');

/** Whether tokens for that audience are for Signet's own API, also while its name is being changed. */
export function isOwnAudience(
  { issuer, acceptedAudiences }: Pick<Settings, 'issuer' | 'acceptedAudiences'>,
  audience: string,
): boolean {
  return audience === issuer || acceptedAudiences.includes(audience);
}

/**
 * Reads the settings from the environment.
 *
 * @throws BadConfiguration with every problem at once.
 */
export function loadSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const values = readSettings(settingsTable, env);
  const production = values.mode === 'production';
  const problems: string[] = [];
  const expect = (fine: boolean, problem: string) => fine || problems.push(problem);
  expect(
    values.accessTokenTtl <= values.accessTokenMaxTtl,
    'ACCESS_TOKEN_TTL must not be above ACCESS_TOKEN_MAX_TTL',
  );
  expect(
    values.refreshIdleTtl <= values.refreshMaxTtl,
    'REFRESH_TOKEN_IDLE_TTL must not be above REFRESH_TOKEN_MAX_TTL',
  );
  expect(
    values.revocationPollInterval * 2 <= values.revocationMaxStaleness,
    'REVOCATION_POLL_INTERVAL must be at most half of REVOCATION_MAX_STALENESS',
  );
  expect(
    values.statusListTtl * 4 <= values.statusListLifetime,
    'STATUS_LIST_LIFETIME must be at least four times STATUS_LIST_TTL',
  );
  expect(
    values.databaseUrl === undefined || values.databaseType === undefined,
    'DATABASE_URL and DATABASE_TYPE are both set; keep one',
  );
  expect(
    !production || values.databaseUrl !== undefined || values.databaseType !== undefined,
    'DATABASE_URL must be set in production (or DATABASE_TYPE with DATABASE_HOST, _PORT, _NAME, _USER and _PASSWORD)',
  );
  const isEmbedded = (values.databaseUrl?.type ?? values.databaseType ?? 'sqlite') === 'sqlite';
  expect(
    values.signingAlgorithm !== 'HS256' || isEmbedded,
    'SIGNING_ALGORITHM HS256 is for one process on the embedded database: whoever could verify its tokens could make them',
  );
  const host = values.host.includes(':') ? `[${values.host}]` : values.host;
  const issuer = values.issuer ?? `http://${host}:${values.port}`;
  const cookies = cookieSettings(values, issuer, expect);
  if (problems.length > 0) throw new BadConfiguration(problems);
  return Object.freeze({
    ...values,
    production,
    issuer,
    acceptedAudiences: [...new Set([issuer, ...(values.acceptedAudiences ?? [])])],
    accessTokenNbf: values.accessTokenNbf === 'on',
    cookies,
    database: values.databaseUrl ?? databaseFromParts(values),
    hashConcurrency: values.hashConcurrency ?? Math.min(2, availableParallelism()),
    swagger: values.swagger === undefined ? !production : values.swagger === 'on',
    revocationFailOpen: values.revocationFailOpen === 'on',
    statusLists: values.statusLists === 'on',
  });
}

function databaseFromParts(values: ValuesOf<typeof settingsTable>): DatabaseAddress {
  if (values.databaseType === undefined) {
    return { type: 'sqlite', file: join(values.dataDir, 'signet.db') };
  }
  return {
    type: values.databaseType,
    host: values.databaseHost,
    port: values.databasePort,
    user: values.databaseUser,
    password: values.databasePassword ?? '',
    database: values.databaseName,
  };
}
