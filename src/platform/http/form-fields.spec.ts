import { describe, expect, it } from '@jest/globals';
import { parseForm } from './form-body.js';
import { FormField, readForm } from './form-fields.js';
import { ValidationFailed } from './problems.js';

class Base {
  @FormField({ description: 'Who.', max: 8, optional: true }) readonly client?: string;
}

class Order extends Base {
  @FormField({ description: 'What.', max: 4 }) readonly what!: string;
  @FormField({ description: 'Where.', max: 4, optional: true, repeatable: true })
  readonly where!: readonly string[];
}

const read = (text: string) => readForm(Order, parseForm(text));

/** The errors of a form that must be refused. */
function errorsOf(text: string) {
  try {
    read(text);
  } catch (error) {
    if (error instanceof ValidationFailed) return error.errors;
    throw error;
  }
  throw new Error('The form was taken');
}

describe('readForm', () => {
  it('gives what the class and those above it declare, and nothing else', () => {
    const order = read('what=tea&client=ada&where=here&milk=yes&__proto__=x&constructor=y');
    expect(order).toBeInstanceOf(Order);
    expect({ ...order }).toEqual({ what: 'tea', client: 'ada', where: ['here'] });
    expect(Object.getPrototypeOf(order)).toBe(Order.prototype);
  });

  it('leaves out what was not sent; a list is then empty', () => {
    expect({ ...read('what=tea') }).toEqual({ what: 'tea', where: [] });
  });

  it('gives each value of what may be repeated', () => {
    expect(read('what=tea&where=a&where=b').where).toEqual(['a', 'b']);
  });

  it('names what is missing, too long or repeated, and repeats no value', () => {
    expect(errorsOf('')).toEqual([{ pointer: '/what', code: 'required', detail: 'is missing' }]);
    expect(errorsOf('what=')).toMatchObject([{ pointer: '/what', code: 'required' }]);
    expect(errorsOf('what=canary')).toEqual([
      { pointer: '/what', code: 'too_long', detail: 'must not be longer than 4 characters' },
    ]);
    expect(errorsOf('what=tea&where=a&where=canary')).toMatchObject([
      { pointer: '/where', code: 'too_long' },
    ]);
    expect(errorsOf('what=tea&what=tea')).toMatchObject([{ pointer: '/what', code: 'repeated' }]);
  });

  it('refuses repetition of what it does not know, too, and does not say its name', () => {
    expect(errorsOf('what=tea&canary=1&canary=2')).toEqual([
      { pointer: '/', code: 'repeated', detail: 'must not be sent twice' },
    ]);
  });

  it('takes a request without a body for an empty form', () => {
    expect(() => readForm(Order, undefined)).toThrow(ValidationFailed);
    expect({ ...readForm(Base, undefined) }).toEqual({});
  });

  it('keeps the fields of a class away from the one above it', () => {
    expect({ ...readForm(Base, parseForm('what=tea&client=ada')) }).toEqual({ client: 'ada' });
  });
});
