import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { REQUIREMENTS } from './ids.js';

const IDS = Object.keys(REQUIREMENTS);
const HERE = import.meta.dirname;

/** The ids that the names of cases in a text begin with, as in `it('TOK-01 ...`. */
function namedIn(source: string): ReadonlySet<string> {
  const NAME = /(?:\b(?:describe|it|attacks)|\))\(\s*(['"`])((?:TOK|KEY)-\d\d.*?)\1/g;
  const names = [...source.matchAll(NAME)].map(([, , name = '']) => name);
  return new Set(names.flatMap((name) => name.match(/(?:TOK|KEY)-\d\d/g) ?? []));
}

const without = (named: ReadonlySet<string>) => IDS.filter((id) => !named.has(id));

describe('the attacks', () => {
  const files = [
    ...readdirSync(HERE).filter((file) => file.endsWith('.e2e-spec.ts')),
    '../rotation.e2e-spec.ts',
  ];
  const source = files.map((file) => readFileSync(join(HERE, file), 'utf8')).join('\n');

  it('are 31 classes, each with a case of its name and no case of a name that is none', () => {
    expect(IDS).toHaveLength(31);
    expect(without(namedIn(source))).toEqual([]);
    expect([...namedIn(source)].filter((id) => !IDS.includes(id))).toEqual([]);
  });

  it('are missed when they have no case; a word in a comment or a text is none', () => {
    for (const id of IDS) {
      const less = source.replaceAll(id, '');
      expect(without(namedIn(less))).toEqual([id]);
      expect(without(namedIn(`${less}\n// ${id}\nconst text = '${id} x';`))).toEqual([id]);
    }
  });
});
