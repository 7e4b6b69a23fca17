import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import type { ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsEmail,
  IsIn,
  IsInt,
  IsISO8601,
  IsObject,
  IsUUID,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
  ValidateNested,
  isInt,
} from 'class-validator';
import { IsLabels, IsPlainText } from './text-validators.js';

/**
 * One decorator a field: it validates and it documents, so that the two cannot differ. Fields are
 * required and not null unless they say otherwise.
 */
interface Common {
  readonly description: string;
  readonly example?: unknown;
  /** The field may be absent. Null is still refused. */
  readonly optional?: boolean;
  /** The field may be null. */
  readonly nullable?: boolean;
}

function field(
  options: Common,
  api: ApiPropertyOptions,
  ...validators: PropertyDecorator[]
): PropertyDecorator {
  const { description, example, optional = false, nullable = false } = options;
  const skips = [
    ...(optional ? [ValidateIf((_object, value) => value !== undefined)] : []),
    ...(nullable ? [ValidateIf((_object, value) => value !== null)] : []),
  ];
  const documented = {
    description,
    required: !optional,
    ...(example === undefined ? {} : { example }),
    ...(nullable ? { nullable } : {}),
    ...api,
  } as ApiPropertyOptions; // a union whose members TypeScript cannot tell apart after the spread
  return applyDecorators(ApiProperty(documented), ...skips, ...validators);
}

/** Text, limited in code points; no control characters, no lone surrogates. */
export function TextField(
  options: Common & {
    readonly min?: number;
    readonly max: number;
    readonly pattern?: RegExp;
    readonly secret?: boolean;
    readonly multiline?: boolean;
  },
): PropertyDecorator {
  const { min = 1, max, pattern, secret = false, multiline = false } = options;
  return field(
    options,
    {
      type: String,
      minLength: min,
      maxLength: max,
      ...(pattern === undefined ? {} : { pattern: pattern.source }),
      ...(secret ? { format: 'password' } : {}),
    },
    IsPlainText({ min, max, multiline: multiline || secret }),
    ...(pattern === undefined
      ? []
      : [Matches(pattern, { message: `must match ${pattern.source}` })]),
  );
}

/** An e-mail address in ASCII. */
export function EmailField(options: Common & { readonly max: number }): PropertyDecorator {
  return field(
    options,
    { type: String, format: 'email', maxLength: options.max },
    IsPlainText({ min: 3, max: options.max }),
    IsEmail({ allow_utf8_local_part: false }, { message: 'must be an e-mail address' }),
  );
}

/** An identifier that Signet made. */
export function UuidField(options: Common): PropertyDecorator {
  return field(
    options,
    { type: String, format: 'uuid' },
    IsUUID('all', { message: 'must be a UUID' }),
  );
}

/** A moment in ISO 8601, in UTC: `2026-01-31T12:00:00.000Z`. */
export function InstantField(options: Common): PropertyDecorator {
  return field(
    { example: '2026-01-31T12:00:00.000Z', ...options },
    { type: String, format: 'date-time' },
    IsISO8601(
      { strict: true, strictSeparator: true },
      { message: 'must be a date and time in ISO 8601' },
    ),
    // ISO 8601 also has week dates, ordinal dates and shorter times, which Date.parse does not read.
    Matches(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/, {
      message: 'must be a date, a time and an offset, such as 2026-01-31T12:00:00Z',
    }),
  );
}

/** One of a few words. */
export function ChoiceField(
  options: Common & { readonly choices: readonly string[] },
): PropertyDecorator {
  return field(
    options,
    { type: String, enum: [...options.choices] },
    IsIn(options.choices, { message: `must be one of ${options.choices.join(', ')}` }),
  );
}

/** A whole number in a JSON body. */
export function IntegerField(
  options: Common & { readonly min: number; readonly max: number },
): PropertyDecorator {
  return field(
    options,
    { type: 'integer', minimum: options.min, maximum: options.max },
    IsInt(),
    Min(options.min),
    Max(options.max),
  );
}

/** A truth value in a JSON body. */
export function BooleanField(options: Common): PropertyDecorator {
  return field(
    options,
    { type: Boolean },
    IsIn([true, false], { message: 'must be true or false' }),
  );
}

/** A whole number in a query string or a path: digits only, so that `1e3`, ` 1` and `0x1` are refused. */
export function QueryIntegerField(
  options: Common & { readonly min: number; readonly max: number },
): PropertyDecorator {
  return applyDecorators(
    field(
      { optional: true, ...options },
      { type: 'integer', minimum: options.min, maximum: options.max },
      IsInt({ message: 'must be a whole number' }),
      Min(options.min),
      Max(options.max),
    ),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && /^\d{1,15}$/.test(value) && isInt(Number(value))
        ? Number(value)
        : value,
    ),
  );
}

/** A truth value in a query string: `true` or `false`, and no other word for it. */
export function QueryBooleanField(options: Common): PropertyDecorator {
  return applyDecorators(
    BooleanField({ optional: true, ...options }),
    Transform(({ value }: { value: unknown }) =>
      value === 'true' || value === 'false' ? value === 'true' : value,
    ),
  );
}

/** A list of different texts. */
export function TextListField(
  options: Common & {
    readonly maxItems: number;
    readonly minItems?: number;
    readonly itemMax: number;
    readonly pattern?: RegExp;
  },
): PropertyDecorator {
  const { minItems = 0, maxItems, itemMax, pattern } = options;
  return field(
    options,
    { type: String, isArray: true, minItems, maxItems, uniqueItems: true },
    IsArray({ message: 'must be a list' }),
    ArrayMinSize(minItems),
    ArrayMaxSize(maxItems),
    ArrayUnique({ message: 'must not name anything twice' }),
    IsPlainText({ min: 1, max: itemMax, each: true }),
    ...(pattern === undefined
      ? []
      : [Matches(pattern, { each: true, message: `each must match ${pattern.source}` })]),
  );
}

/** A flat object of short texts. */
export function LabelsField(
  options: Common & {
    readonly maxEntries: number;
    readonly name: RegExp;
    readonly maxValue: number;
  },
): PropertyDecorator {
  return field(
    options,
    { type: 'object', additionalProperties: { type: 'string', maxLength: options.maxValue } },
    IsLabels(options),
  );
}

/** An object of a class of its own. */
export function ObjectField(type: () => new () => object, options: Common): PropertyDecorator {
  // Swagger knows a type that comes later by its function having no parameters and this very name.
  return field(
    options,
    { type: () => type() },
    IsObject({ message: 'must be an object' }),
    ValidateNested(),
    Type(type),
  );
}

/**
 * An object that a function reads, which says in what it throws what is wrong with it. For what has a
 * shape of its own, such as a JSON Web Key; `type` documents it.
 */
export function ReadField(
  type: () => new () => object,
  options: Common & { readonly code: string; readonly read: (value: unknown) => unknown },
): PropertyDecorator {
  const { code, read } = options;
  return field(
    options,
    { type: () => type() },
    ValidateBy({
      name: code,
      validator: {
        validate: (value) => problemWith(read, value) === undefined,
        defaultMessage: (args) => problemWith(read, args?.value) ?? '',
      },
    }),
  );
}

function problemWith(read: (value: unknown) => unknown, value: unknown): string | undefined {
  try {
    read(value);
    return undefined;
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
}

/** A list of objects, in an answer. */
export function ListField(type: () => new () => object, options: Common): PropertyDecorator {
  return field(
    options,
    { type: () => type(), isArray: true },
    IsArray(),
    ValidateNested({ each: true }),
    Type(type),
  );
}
