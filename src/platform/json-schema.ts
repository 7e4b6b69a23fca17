import { Ajv } from 'ajv';
import type { ErrorObject, Options, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { FieldError } from './http/problem.js';

/** Strict: a keyword that is misspelt or a format that is unknown would otherwise allow everything. Nothing is converted or filled in. */
const OPTIONS: Options = {
  strict: true,
  strictRequired: false, // `required` in an `if` names properties that are declared elsewhere
  allErrors: true,
  logger: false,
};

/** A compiled JSON Schema: draft 2020-12, or draft-07 when its `$schema` says so. */
export class JsonSchema {
  private constructor(private readonly validate: ValidateFunction) {}

  /** @throws Error whose message completes "NAME ...". */
  static parse(text: string): JsonSchema {
    const schema = parseObject(text);
    const { $schema: draft } = schema;
    const isDraft07 = typeof draft === 'string' && draft.includes('draft-07');
    const ajv = isDraft07 ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS);
    // ajv-formats is CommonJS: its default export is the module when Node imports it.
    const register = addFormats as unknown as typeof addFormats.default;
    register(ajv);
    const validate = compile(ajv, schema);
    // The answer of such a schema is a promise, which is true before it is known.
    if ('$async' in validate) throw new Error('must not be an asynchronous schema');
    return new JsonSchema(validate);
  }

  /** What is wrong with the value, by JSON pointers; values are never repeated. */
  errorsOf(value: unknown): readonly FieldError[] {
    if (this.validate(value)) return [];
    return (this.validate.errors ?? []).map(toFieldError);
  }
}

function parseObject(text: string): Record<string, unknown> {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch {
    throw new Error('is not JSON'); // V8's message quotes the text
  }
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
    throw new Error('must be a JSON Schema, which is a JSON object');
  return schema as Record<string, unknown>;
}

function compile(ajv: Ajv | Ajv2020, schema: object): ValidateFunction {
  try {
    return ajv.compile(schema);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`is no JSON Schema that can be used: ${reason}`, { cause: error });
  }
}

/** The messages of ajv say what the schema wants, not what was sent. */
function toFieldError({ instancePath, keyword, message, params }: ErrorObject): FieldError {
  const { additionalProperty, unevaluatedProperty } = params as Record<string, unknown>;
  const extra = additionalProperty ?? unevaluatedProperty;
  const pointer =
    typeof extra === 'string' ? `${instancePath}/${escapePointer(extra)}` : instancePath;
  return { pointer, code: keyword, detail: message ?? 'is not as the schema wants it' };
}

/** A name as a part of a JSON pointer (RFC 6901 3). */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
