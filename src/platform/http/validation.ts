import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import type { FieldError } from './problem.js';
import { ValidationFailed } from './problems.js';

/**
 * The one validation pipe: unknown fields are refused, nothing is converted by guess (`"1e3"` is no
 * number, an array is no string), and an answer names fields but never repeats a value, which may be
 * a password.
 */
export function strictValidation(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) =>
      new ValidationFailed({ errors: errors.flatMap((e) => flatten(e, '')) }),
  });
}

function flatten(error: ValidationError, parent: string): FieldError[] {
  const pointer = `${parent}/${error.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const own = Object.entries(error.constraints ?? {}).map(([name, detail]) => ({
    pointer,
    code: name === 'whitelistValidation' ? 'unknown_field' : name,
    detail: name === 'whitelistValidation' ? 'is not a known field' : detail,
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => flatten(child, pointer))];
}
