import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseDuration } from '../../../../src/platform/settings/setting.js';

/** The command line makes no sense; the message says what to do. */
export class BadUsage extends Error {}

const text = { type: 'string' } as const;
const list = { type: 'string', multiple: true } as const;
const OPTIONS = {
  url: text,
  method: text,
  header: list,
  body: text,
  timeout: text,
  'revocation-bound': text,
  'known-gap': list,
  json: { type: 'boolean' },
  issuer: text,
  scope: text,
  // with a mock issuer
  port: text,
  audience: text,
  algorithm: text,
  roles: text,
  'wait-for-service': text,
  // with a real Signet
  'client-id': text,
  'client-secret-file': text,
  resource: text,
  'other-resource': text,
  'refresh-token-file': text,
  'wait-for-expiry': text,
} as const;

type Values = ReturnType<typeof parse>['values'];
/** An option with one text. */
export type TextName = Exclude<keyof typeof OPTIONS, 'header' | 'known-gap' | 'json'>;

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new BadUsage((error as Error).message); // parseArgs throws nothing else
  }
}

/** Takes the options of a command line one by one. */
export class OptionReader {
  /** What is no option. */
  readonly words: readonly string[];
  private readonly values: Values;

  /** @throws BadUsage for an option that there is not. */
  constructor(argv: readonly string[]) {
    const { values, positionals } = parse(argv);
    this.values = values;
    this.words = positionals;
  }

  find(name: TextName): string | undefined {
    return this.values[name];
  }

  all(name: 'header' | 'known-gap'): readonly string[] {
    return this.values[name] ?? [];
  }

  has(name: 'json'): boolean {
    return this.values[name] ?? false;
  }

  need(name: TextName): string {
    const value = this.values[name];
    if (value === undefined || value === '') throw new BadUsage(`--${name} is missing`);
    return value;
  }

  /** Seconds. */
  duration(name: TextName): number | undefined {
    const value = this.values[name];
    if (value === undefined) return undefined;
    try {
      return parseDuration(value) / 1000;
    } catch (error) {
      throw new BadUsage(`--${name} ${(error as Error).message}`); // its message is made to be completed
    }
  }

  port(): number {
    const value = this.need('port');
    if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535)
      throw new BadUsage('--port must be a port');
    return Number(value);
  }

  /** What is in the file, without the line break at its end. */
  file(name: TextName): string | undefined {
    const path = this.values[name];
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8').trimEnd();
    } catch {
      throw new BadUsage(`--${name} cannot be read`);
    }
  }

  /** An option that does nothing is a mistake of whoever gave it. */
  refuse(names: readonly TextName[], mode: string): void {
    const given = names.find((name) => this.values[name] !== undefined);
    if (given !== undefined) throw new BadUsage(`--${given} has no meaning with "${mode}"`);
  }
}
