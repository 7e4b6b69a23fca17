import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import {
  BooleanField,
  ChoiceField,
  EmailField,
  InstantField,
  IntegerField,
  LabelsField,
  ListField,
  ObjectField,
  QueryBooleanField,
  QueryIntegerField,
  TextField,
  TextListField,
  UuidField,
} from './fields.js';
import { PageQuery } from './pagination.js';
import type { FieldError } from './problem.js';
import { ValidationFailed } from './problems.js';
import { strictValidation } from './validation.js';

const description = 'Some field.';

class Inner {
  @TextField({ description, max: 5 }) readonly name!: string;
}

class Body {
  @TextField({ description, max: 5, optional: true }) readonly text?: string;
  @TextField({ description, min: 0, max: 5, optional: true }) readonly maybeEmpty?: string;
  @TextField({ description, max: 20, optional: true, pattern: /^[a-z]+$/ }) readonly word?: string;
  @TextField({ description, max: 40, optional: true, multiline: true }) readonly lines?: string;
  @TextField({ description, max: 40, optional: true, secret: true }) readonly password?: string;
  @TextField({ description, max: 5, optional: true, nullable: true }) readonly nullable?:
    string | null;
  @EmailField({ description, max: 40, optional: true }) readonly email?: string;
  @UuidField({ description, optional: true }) readonly uuid?: string;
  @InstantField({ description, optional: true }) readonly instant?: string;
  @ChoiceField({ description, choices: ['on', 'off'], optional: true }) readonly choice?: string;
  @IntegerField({ description, min: 1, max: 10, optional: true }) readonly integer?: number;
  @BooleanField({ description, optional: true }) readonly truth?: boolean;
  @TextListField({ description, minItems: 1, maxItems: 2, itemMax: 5, optional: true })
  readonly list?: readonly string[];
  @TextListField({ description, maxItems: 9, itemMax: 9, pattern: /^[a-z]+$/, optional: true })
  readonly words?: readonly string[];
  @LabelsField({ description, maxEntries: 2, name: /^[a-z]+$/, maxValue: 3, optional: true })
  readonly labels?: object;
  @ObjectField(() => Inner, { description, optional: true }) readonly inner?: Inner;
  @ListField(() => Inner, { description, optional: true }) readonly inners?: readonly Inner[];
}

class Required {
  @TextField({ description, max: 5 }) readonly text!: string;
}

const pipe = strictValidation();

/** The fields that are wrong; empty when none is. */
async function errorsOf(
  value: unknown,
  metatype: Type = Body,
  type: 'body' | 'query' = 'body',
): Promise<readonly FieldError[]> {
  try {
    await pipe.transform(value, { type, metatype });
    return [];
  } catch (error) {
    if (error instanceof ValidationFailed) return error.errors ?? [];
    throw error;
  }
}

const isTaken = async (field: string, value: unknown) =>
  (await errorsOf({ [field]: value })).length === 0;

describe('a request', () => {
  it('comes out as an instance of its class, with what was sent and nothing else', async () => {
    const body: unknown = await pipe.transform({ text: 'a' }, { type: 'body', metatype: Body });
    expect(body).toBeInstanceOf(Body);
    expect({ ...(body as Body) }).toEqual({ text: 'a' });
  });

  it('has no field that is not known, at any depth', async () => {
    expect(await errorsOf({ text: 'a', isAdmin: true })).toEqual([
      { pointer: '/isAdmin', code: 'unknown_field', detail: 'is not a known field' },
    ]);
    expect(await errorsOf({ inner: { name: 'a', isAdmin: true } })).toMatchObject([
      { pointer: '/inner/isAdmin', code: 'unknown_field' },
    ]);
    expect(await errorsOf({ inners: [{ name: 'a' }, { name: 'a', isAdmin: true }] })).toMatchObject(
      [{ pointer: '/inners/1/isAdmin', code: 'unknown_field' }],
    );
  });

  it('lets no field through under the name of a method', async () => {
    // class-transformer drops these before anything could refuse them.
    const sent = { text: 'a', toString: 1, hasOwnProperty: 1, constructor: 1, valueOf: 1 };
    const body = (await pipe.transform(sent, { type: 'body', metatype: Body })) as object;
    expect(Object.keys(body)).toEqual(['text']);
  });

  it('names a wrong field by a JSON pointer', async () => {
    expect(await errorsOf({ 'a/b~c': 1 })).toMatchObject([{ pointer: '/a~1b~0c' }]);
  });

  it.each([[[]], [[{ text: 'a' }]], ['text'], [1], [true], [null], [undefined]])(
    'is an object, not %j',
    async (value) => {
      expect(await errorsOf(value, Required)).not.toEqual([]);
    },
  );

  it('reaches no prototype', async () => {
    const hostile: unknown = JSON.parse(
      '{"text":"a","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    );
    await errorsOf(hostile);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('is told what is wrong without hearing a value again', async () => {
    const canary = 'canary-7';
    const values: unknown[] = [
      canary,
      [canary],
      { [canary]: canary },
      `${canary}\0`,
      canary.repeat(200),
    ];
    const fields = [
      'text',
      'password',
      'email',
      'uuid',
      'instant',
      'choice',
      'integer',
      'list',
      'words',
      'labels',
      'inner',
    ];
    for (const field of fields) {
      for (const value of values) {
        const told = await errorsOf({ [field]: value });
        if (field !== 'password' || typeof value !== 'string') expect(told).not.toEqual([]);
        // Names of unknown members are told, since those are the client's mistake; values are not.
        for (const { detail } of told) expect(detail).not.toContain(canary);
      }
    }
  });
});

describe('an optional field', () => {
  it.each([
    'text',
    'email',
    'uuid',
    'instant',
    'choice',
    'integer',
    'truth',
    'list',
    'labels',
    'inner',
    'inners',
  ])('may be absent and is never null: %s', async (field) => {
    expect(await isTaken(field, undefined)).toBe(true);
    expect(await isTaken(field, null)).toBe(false);
  });

  it('may be null where it says so, and is checked otherwise', async () => {
    expect(await isTaken('nullable', null)).toBe(true);
    expect(await isTaken('nullable', undefined)).toBe(true);
    expect(await isTaken('nullable', 'abc')).toBe(true);
    expect(await isTaken('nullable', 1)).toBe(false);
  });
});

describe('a required field', () => {
  it('is neither absent nor null', async () => {
    for (const value of [{}, { text: undefined }, { text: null }])
      expect(await errorsOf(value, Required)).toHaveLength(1);
  });
});

describe('a text', () => {
  it.each([[1], [true], [['a']], [{}], [{ length: 3 }]])('is nothing else: %j', async (value) => {
    for (const field of ['text', 'email', 'uuid', 'instant', 'choice'])
      expect(await isTaken(field, value)).toBe(false);
  });

  it('is measured in code points', async () => {
    expect(await isTaken('text', '🦊🦊🦊🦊🦊')).toBe(true);
    expect(await isTaken('text', '🦊🦊🦊🦊🦊🦊')).toBe(false);
    expect(await isTaken('text', 'abcde')).toBe(true);
    expect(await isTaken('text', 'abcdef')).toBe(false);
    expect(await isTaken('text', '')).toBe(false);
    expect(await isTaken('maybeEmpty', '')).toBe(true);
  });

  it.each([
    'a\0',
    '\ud800',
    'a\udfff',
    'a\nb',
    'a\r',
    'a\t',
    '\u007f',
    '\u009f',
    '\u2028',
    '\u2029',
    '\u001b[2J',
  ])('holds no control characters and no half characters: %j', async (value) => {
    expect(await isTaken('text', value)).toBe(false);
  });

  it('may have several lines where it says so, but no other control characters', async () => {
    expect(await isTaken('lines', 'a\r\n\tb')).toBe(true);
    for (const value of ['a\0b', 'a\u001bb', '\ud800'])
      expect(await isTaken('lines', value)).toBe(false);
  });

  it('matches its pattern as a whole', async () => {
    expect(await isTaken('word', 'abc')).toBe(true);
    for (const value of ['abc1', 'abc\n', 'ABC']) expect(await isTaken('word', value)).toBe(false);
  });

  it('is judged in time that grows with its length only', async () => {
    const began = performance.now();
    for (const field of ['text', 'word', 'email', 'uuid', 'instant']) {
      expect(await isTaken(field, 'a'.repeat(200_000))).toBe(false);
      expect(await isTaken(field, `${'a@'.repeat(50_000)}a.`)).toBe(false);
    }
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

describe('a number', () => {
  it('is a whole one, within its limits, and no text', async () => {
    expect(await isTaken('integer', 10)).toBe(true);
    const wrongs = [0, 11, 1.5, NaN, Infinity, '5', '1e1', [5], true, {}];
    for (const wrong of wrongs) expect(await isTaken('integer', wrong)).toBe(false);
  });

  it('is digits in a query, and nothing that could be read as a number', async () => {
    const isLimit = async (limit: unknown) =>
      (await errorsOf({ limit }, PageQuery, 'query')).length === 0;
    expect(await pipe.transform({ limit: '20' }, { type: 'query', metatype: PageQuery })).toEqual({
      limit: 20,
    });
    const wrongs = [
      '1e1',
      '0x1',
      ' 1',
      '1 ',
      '+1',
      '-1',
      '1.0',
      '',
      'NaN',
      'Infinity',
      '١',
      '0',
      '201',
      '1000000000',
      ['1'],
      ['1', '2'],
      { $gt: '1' },
      true,
      null,
    ];
    for (const wrong of wrongs) expect([wrong, await isLimit(wrong)]).toEqual([wrong, false]);
  });
});

describe('a truth value', () => {
  it('is never made from something else', async () => {
    for (const value of [true, false]) expect(await isTaken('truth', value)).toBe(true);
    for (const value of ['true', 'false', 0, 1, '', []])
      expect(await isTaken('truth', value)).toBe(false);
  });
});

describe('a truth value in a query', () => {
  class Query {
    @QueryBooleanField({ description }) readonly dryRun?: boolean;
  }

  it('is true, false or absent, and comes out as a boolean', async () => {
    for (const [sent, taken] of [
      [{ dryRun: 'true' }, { dryRun: true }],
      [{ dryRun: 'false' }, { dryRun: false }],
      [{}, {}],
    ]) {
      const query: unknown = await pipe.transform(sent, { type: 'query', metatype: Query });
      expect({ ...(query as Query) }).toEqual(taken);
    }
  });

  it('is made from no other word', async () => {
    for (const wrong of [
      '',
      'TRUE',
      'True',
      ' true',
      '1',
      '0',
      'yes',
      ['true'],
      { a: 'true' },
      null,
    ])
      expect(await errorsOf({ dryRun: wrong }, Query, 'query')).toMatchObject([
        { pointer: '/dryRun' },
      ]);
  });
});

describe('a list of texts', () => {
  it('has different texts, as many and as long as it says', async () => {
    expect(await isTaken('list', ['a', 'b'])).toBe(true);
    const wrongs = [
      [],
      ['a', 'a'],
      ['a', 'b', 'c'],
      ['abcdef'],
      [1],
      [null],
      [['a']],
      ['a\0'],
      'a',
      { 0: 'a', length: 1 },
    ];
    for (const wrong of wrongs)
      expect([wrong, await isTaken('list', wrong)]).toEqual([wrong, false]);
  });

  it('has none that differs from the pattern', async () => {
    expect(await isTaken('words', ['abc', 'def'])).toBe(true);
    for (const wrong of [['abc', 'D'], ['abc\n'], ['']])
      expect(await isTaken('words', wrong)).toBe(false);
  });
});

describe('labels', () => {
  it('are few short texts under plain names', async () => {
    expect(await isTaken('labels', { team: 'abc', tier: '🦊🦊🦊' })).toBe(true);
    const wrongs = [
      { team: 'abcd' },
      { Team: 'a' },
      { a: 'a', b: 'b', c: 'c' },
      { a: 1 },
      { a: null },
      { a: ['a'] },
      { a: 'a\n' },
      { a: '\ud800' },
      [],
      ['a'],
      'a',
      null,
    ];
    for (const wrong of wrongs)
      expect([wrong, await isTaken('labels', wrong)]).toEqual([wrong, false]);
  });
});

describe('an object inside', () => {
  it('is checked like one outside', async () => {
    expect(await isTaken('inner', { name: 'a' })).toBe(true);
    for (const wrong of [{}, { name: 1 }, { name: 'abcdef' }, [], [{ name: 'a' }], 'a', 1]) {
      expect([wrong, await isTaken('inner', wrong)]).toEqual([wrong, false]);
    }
  });
});

describe('a UUID, an e-mail address, a moment', () => {
  it.each([
    ['uuid', '0d7c5b1a-6f7e-4c2b-8a90-1e2f3a4b5c6d'],
    ['email', 'ada@example.com'],
    ['instant', '2026-01-31T12:00:00Z'],
    ['instant', '2026-01-31T12:00:00.123+01:00'],
  ])('%s may be %s', async (field, value) => {
    expect(await isTaken(field, value)).toBe(true);
  });

  it.each([
    ['uuid', '0d7c5b1a6f7e4c2b8a901e2f3a4b5c6d'],
    ['uuid', '1abc'],
    ['uuid', '{0d7c5b1a-6f7e-4c2b-8a90-1e2f3a4b5c6d}'],
    ['uuid', '0d7c5b1a-6f7e-4c2b-8a90-1e2f3a4b5c6d\n'],
    ['email', 'ada'],
    ['email', 'ada@localhost'],
    ['email', 'ada@example.com, eve@example.com'],
    ['email', 'Ada <ada@example.com>'],
    ['email', 'àda@example.com'],
    ['email', `${'a'.repeat(30)}@example.com`],
    ['instant', '2026-01-31'],
    ['instant', '2026-01-31T12:00:00'],
    ['instant', '2026-02-30T12:00:00Z'],
    ['instant', '2026-W05-6T12:00:00Z'],
    ['instant', '2026-031T12:00:00Z'],
    ['instant', '2026-01-31 12:00:00Z'],
    ['instant', '1769860800000'],
  ])('%s is never %j', async (field, value) => {
    expect(await isTaken(field, value)).toBe(false);
  });

  it.each([
    '2026-01-31T12:00Z',
    '2026-01-31T12Z',
    '2026-01-31T12.5Z',
    '2026-01-31T12:00.5Z',
    '2026-01-31T120000Z',
    '2026-01-31T12:00:00,5Z',
    '2026-01-31T12:00:60Z',
    '2026-01-31T24:00Z',
    '2026-01-31T12:00:00+99:00',
  ])('a moment is one that Date.parse reads, or it is refused: %s', async (value) => {
    expect(Number.isNaN(Date.parse(value)) && (await isTaken('instant', value))).toBe(false);
  });
});

describe('QueryIntegerField', () => {
  class Required {
    @QueryIntegerField({ description, min: 1, max: 5, optional: false }) readonly n!: number;
  }

  it('may be required, too', async () => {
    expect(await errorsOf({}, Required, 'query')).toHaveLength(1);
    expect(await errorsOf({ n: '5' }, Required, 'query')).toEqual([]);
  });
});
