import { ValidateBy } from 'class-validator';

/** Control characters; line breaks and tabs are allowed only where text may have several lines. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
// eslint-disable-next-line no-control-regex -- as above
const CONTROL_BUT_BREAKS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/** The number of Unicode code points. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** A string of `min` to `max` code points, well-formed and free of control characters. */
export function IsPlainText(options: {
  readonly min: number;
  readonly max: number;
  readonly multiline?: boolean;
  readonly each?: boolean;
}): PropertyDecorator {
  const { min, max, multiline = false, each = false } = options;
  return ValidateBy(
    {
      name: 'text',
      validator: {
        validate: (value: unknown) =>
          typeof value === 'string' &&
          // A code point has at most two UTF-16 units: the cheap test comes before the exact one.
          value.length <= max * 2 &&
          value.isWellFormed() &&
          !(multiline ? CONTROL_BUT_BREAKS : CONTROL).test(value) &&
          codePoints(value) >= min &&
          codePoints(value) <= max,
        defaultMessage: () =>
          `${each ? 'each ' : ''}must be text of ${min} to ${max} characters, without control characters`,
      },
    },
    { each },
  );
}

/** An object of at most `maxEntries` entries whose names match `name` and whose values are short texts. */
export function IsLabels(options: {
  readonly maxEntries: number;
  readonly name: RegExp;
  readonly maxValue: number;
}): PropertyDecorator {
  const { maxEntries, name, maxValue } = options;
  return ValidateBy({
    name: 'labels',
    validator: {
      validate: (value: unknown) => {
        if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
        const entries = Object.entries(value);
        return (
          entries.length <= maxEntries &&
          entries.every(
            ([key, text]) =>
              name.test(key) &&
              typeof text === 'string' &&
              text.isWellFormed() &&
              !CONTROL.test(text) &&
              codePoints(text) <= maxValue,
          )
        );
      },
      defaultMessage: () =>
        `must be an object of at most ${maxEntries} texts of up to ${maxValue} characters, with names like ${name.source}`,
    },
  });
}
