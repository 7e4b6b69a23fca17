/** One setting: its name, what it means, and how its text becomes a value. */
export interface Setting<T> {
  readonly name: string;
  readonly meaning: string;
  readonly kind: string;
  readonly secret: boolean;
  /** Shown in the documentation; undefined when the setting has no default. */
  readonly defaultText: string | undefined;
  /** When true, `NODE_ENV=production` wants the setting spelled out. */
  readonly requiredInProduction: boolean;
  /** The value when nothing is set. */
  readonly fallback: T;
  /** @throws Error whose message completes "NAME ..." and never repeats a secret. */
  readonly parse: (text: string) => T;
}

interface Description<D> {
  readonly meaning: string;
  readonly default: D;
  readonly requiredInProduction?: boolean;
}

type Base = Pick<Setting<unknown>, 'name' | 'kind' | 'defaultText'> & { readonly secret?: boolean };

function setting<T>(
  base: Base,
  description: Description<T>,
  parse: (text: string) => T,
): Setting<T> {
  return {
    ...base,
    secret: base.secret ?? false,
    meaning: description.meaning,
    requiredInProduction: description.requiredInProduction ?? false,
    fallback: description.default,
    parse,
  };
}

/** Free text. */
export function text<D extends string | undefined>(name: string, description: Description<D>) {
  return setting<string | D>(
    { name, kind: 'text', defaultText: description.default },
    description,
    (value) => value,
  );
}

/** Text with a parser of its own, for what has structure. */
export function parsed<T, D extends T | undefined>(
  name: string,
  kind: string,
  description: Description<D> & { readonly defaultText?: string; readonly secret?: boolean },
  parse: (text: string) => T,
) {
  const { defaultText, secret } = description;
  return setting<T | D>({ name, kind, defaultText, secret: secret ?? false }, description, parse);
}

/** A whole number within limits. */
export function integer<D extends number | undefined>(
  name: string,
  description: Description<D> & { readonly min: number; readonly max: number },
) {
  const { min, max } = description;
  return setting<number | D>(
    { name, kind: `whole number, ${min} to ${max}`, defaultText: description.default?.toString() },
    description,
    (value) => {
      const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
      if (!(number >= min && number <= max)) {
        throw new Error(`must be a whole number from ${min} to ${max}`);
      }
      return number;
    },
  );
}

/** One of a few words. */
export function choice<const C extends string, D extends C | undefined>(
  name: string,
  choices: readonly C[],
  description: Description<D>,
) {
  return setting<C | D>(
    {
      name,
      kind: choices.map((word) => `\`${word}\``).join(' or '),
      defaultText: description.default,
    },
    description,
    (value) => {
      const found = choices.find((word) => word === value);
      if (found === undefined) throw new Error(`must be one of ${choices.join(', ')}`);
      return found;
    },
  );
}

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Parses `500ms`, `20s`, `10m`, `12h`, `14d` to milliseconds. */
export function parseDuration(value: string): number {
  const [, digits, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(value) ?? [];
  if (digits === undefined || unit === undefined) {
    throw new Error('must be a duration such as 500ms, 20s, 10m, 12h or 14d');
  }
  return Number(digits) * UNITS[unit as keyof typeof UNITS]; // the pattern allows no other unit
}

/** A span of time; the value is in milliseconds, the default is written as its user would write it. */
export function duration(
  name: string,
  description: Omit<Description<number>, 'default'> & {
    readonly default: string;
    readonly min: string;
    readonly max: string;
  },
): Setting<number> {
  const [min, max] = [parseDuration(description.min), parseDuration(description.max)];
  return setting(
    {
      name,
      kind: `duration, ${description.min} to ${description.max}`,
      defaultText: description.default,
    },
    { ...description, default: parseDuration(description.default) },
    (value) => {
      const millis = parseDuration(value);
      if (millis < min || millis > max) {
        throw new Error(`must be between ${description.min} and ${description.max}`);
      }
      return millis;
    },
  );
}

/** Something that must never be shown. `check` throws when it is too weak. */
export function secret<T = string>(
  name: string,
  description: Omit<Description<undefined>, 'default'>,
  check: (text: string) => T,
): Setting<T | undefined> {
  return setting<T | undefined>(
    { name, kind: 'secret', secret: true, defaultText: undefined },
    { ...description, default: undefined },
    check,
  );
}
