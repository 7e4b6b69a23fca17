import { readFileSync } from 'node:fs';
import type { Setting } from './setting.js';

export type SettingsTable = Readonly<Record<string, Setting<unknown>>>;

/** The values of a table of settings. */
export type ValuesOf<T extends SettingsTable> = {
  readonly [K in keyof T]: T[K] extends Setting<infer V> ? V : never;
};

/** Everything that is wrong with the configuration, in one message that repeats no value. */
export class BadConfiguration extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration has ${problems.length} problem(s):\n- ${problems.join('\n- ')}`);
    this.name = 'BadConfiguration';
  }
}

/**
 * Reads every setting of the table from `env`. A setting `X` is also read from the file that `X_FILE`
 * names (container secrets); a trailing line break there is dropped.
 *
 * @throws BadConfiguration naming every problem at once.
 */
export function readSettings<T extends SettingsTable>(
  table: T,
  env: Readonly<Record<string, string | undefined>>,
): ValuesOf<T> {
  const production = env['NODE_ENV'] === 'production';
  const problems: string[] = [];
  const read = (setting: Setting<unknown>): unknown => {
    try {
      const value = textOf(setting.name, env);
      if (value !== undefined) return setting.parse(value);
      if (production && setting.requiredInProduction) {
        throw new Error(`must be set in production: ${setting.meaning}`);
      }
      return setting.fallback;
    } catch (error) {
      problems.push(`${setting.name} ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };
  const values = Object.fromEntries(
    Object.entries(table).map(([key, setting]) => [key, read(setting)]),
  );
  if (problems.length > 0) throw new BadConfiguration(problems);
  return Object.freeze(values) as ValuesOf<T>; // built from the table's own entries, key by key
}

function textOf(name: string, env: Readonly<Record<string, string | undefined>>) {
  const direct = emptyAsUnset(env[name]);
  const file = emptyAsUnset(env[`${name}_FILE`]);
  if (direct !== undefined && file !== undefined) {
    throw new Error(`and ${name}_FILE are both set; keep one`);
  }
  if (file === undefined) return direct;
  try {
    return emptyAsUnset(readFileSync(file, 'utf8').replace(/\r?\n$/, ''));
  } catch {
    throw new Error(`cannot be read from the file that ${name}_FILE names`);
  }
}

/** compose.yaml passes `X: ${X:-}` as an empty string; nobody means the empty string by that. */
function emptyAsUnset(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
