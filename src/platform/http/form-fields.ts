import { applyDecorators, createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiProperty } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Form } from './form-body.js';
import type { FieldError } from './problem.js';
import { ValidationFailed } from './problems.js';

interface FieldOptions {
  readonly description: string;
  /** UTF-16 code units. */
  readonly max: number;
  readonly example?: string;
  readonly optional?: boolean;
  /** The standard lets it come several times; then the field is a list, also of one. */
  readonly repeatable?: boolean;
  readonly secret?: boolean;
}

const FIELDS = 'signet:form-fields';

type Fields = ReadonlyMap<string, FieldOptions>;

/** A parameter of a form: text, required unless it says otherwise. One decorator validates and documents. */
export function FormField(options: FieldOptions): PropertyDecorator {
  const { description, max, example, optional = false, secret = false } = options;
  const register: PropertyDecorator = (prototype, name) => {
    const fields = new Map(fieldsOf(prototype)).set(String(name), options);
    Reflect.defineMetadata(FIELDS, fields, prototype);
  };
  return applyDecorators(
    ApiProperty({
      type: String,
      description,
      required: !optional,
      maxLength: max,
      ...(example === undefined ? {} : { example }),
      ...(secret ? { format: 'password' } : {}),
    }),
    register,
  );
}

/** Documents the form that a handler takes. */
export const TakesForm = (type: new () => object) =>
  applyDecorators(ApiConsumes('application/x-www-form-urlencoded'), ApiBody({ type }));

/** The form of the request, read as the class says. Past the global pipe, which knows JSON only. */
export const FormBody = createParamDecorator((type: new () => object, context: ExecutionContext) =>
  readForm(type, context.switchToHttp().getRequest<FastifyRequest<{ Body?: Form }>>().body),
);

/**
 * The parameters that the class declares. RFC 6749 3.2: others are ignored, and none may come twice,
 * known or not: whoever reads the other one of two would act on something else.
 *
 * @throws ValidationFailed
 */
export function readForm<T extends object>(type: new () => T, form: Form = new Map()): T {
  const fields = fieldsOf(type.prototype as object);
  const errors: FieldError[] = [];
  const refuse = (name: string, code: string, detail: string) =>
    errors.push({ pointer: `/${name}`, code, detail });
  for (const [name, values] of form) {
    const isRepeated = values.length > 1 && fields.get(name)?.repeatable !== true;
    // The name of what is not known may be anything, a secret too, and is not told.
    if (isRepeated) refuse(fields.has(name) ? name : '', 'repeated', 'must not be sent twice');
  }
  const read: Record<string, string | readonly string[]> = {};
  for (const [name, { max, optional = false, repeatable = false }] of fields) {
    const values = form.get(name) ?? [];
    const [first] = values;
    if (first === undefined && !optional) refuse(name, 'required', 'is missing');
    if (values.some((value) => value.length > max))
      refuse(name, 'too_long', `must not be longer than ${max} characters`);
    if (repeatable) read[name] = values;
    else if (first !== undefined) read[name] = first;
  }
  if (errors.length > 0) throw new ValidationFailed({ errors });
  return Object.assign(new type(), read);
}

function fieldsOf(prototype: object): Fields {
  const fields: unknown = Reflect.getMetadata(FIELDS, prototype);
  return (fields as Fields | undefined) ?? new Map(); // only `FormField` writes this key
}
