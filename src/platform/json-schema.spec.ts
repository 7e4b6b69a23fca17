import { describe, expect, it } from '@jest/globals';
import { JsonSchema } from './json-schema.js';

const parse = (schema: unknown) => JsonSchema.parse(JSON.stringify(schema));

/** Why the schema cannot be used. */
function refusal(text: string): string {
  try {
    JsonSchema.parse(text);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('a JSON Schema', () => {
  const schema = parse({
    type: 'object',
    properties: {
      team: { enum: ['payments', 'search'] },
      mail: { type: 'string', format: 'email' },
      cost: { const: 4711 },
      list: { type: 'array', items: { type: 'integer' } },
    },
    required: ['team'],
    additionalProperties: false,
  });

  it('finds nothing wrong with what it allows, and changes nothing of it', () => {
    const value = { team: 'payments', list: [1] };
    expect(schema.errorsOf(value)).toEqual([]);
    expect(value).toEqual({ team: 'payments', list: [1] });
  });

  it('says by pointers what is wrong, all at once', () => {
    expect(schema.errorsOf({ mail: 'x', list: [1, 'y'], 'a/b~c': 1 })).toEqual([
      expect.objectContaining({ pointer: '', code: 'required' }),
      expect.objectContaining({ pointer: '/a~1b~0c', code: 'additionalProperties' }),
      expect.objectContaining({ pointer: '/mail', code: 'format' }),
      expect.objectContaining({ pointer: '/list/1', code: 'type' }),
    ]);
  });

  it('never repeats a value', () => {
    const errors = schema.errorsOf({
      team: 'canary',
      mail: 'canary',
      cost: 'canary',
      list: ['canary'],
    });
    expect(errors).toHaveLength(4);
    expect(JSON.stringify(errors)).not.toContain('canary');
  });

  it('is of draft 2020-12, or of draft-07 when it says so', () => {
    const of2020 = parse({
      type: 'array',
      prefixItems: [{ type: 'string' }],
      minItems: 1,
      items: false,
    });
    expect(of2020.errorsOf([1])).toHaveLength(1);
    const of07 = parse({
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      definitions: { name: { type: 'string' } },
      properties: { a: { $ref: '#/definitions/name' } },
    });
    expect(of07.errorsOf({ a: 1 })).toHaveLength(1);
  });

  it.each<[string, string, RegExp]>([
    ['no JSON', '{"canary"', /^is not JSON$/],
    ['a list', '[]', /^must be a JSON Schema, which is a JSON object$/],
    ['a truth value', 'true', /^must be a JSON Schema/],
    ['a misspelt keyword', '{"type":"object","requird":["a"]}', /unknown keyword: "requird"/],
    ['a misspelt type', '{"type":"objct"}', /^is no JSON Schema that can be used: /],
    ['an unknown format', '{"type":"string","format":"e-mail"}', /unknown format "e-mail"/],
    ['a pattern that is none', '{"type":"string","pattern":"("}', /regular expression/],
    ['a reference that leads out', '{"$ref":"https://example.com/s.json"}', /can't resolve/],
    ['an answer that comes later', '{"$async":true,"type":"object"}', /asynchronous/],
  ])('is not %s', (_, text, reason) => {
    expect(refusal(text)).toMatch(reason);
  });
});
