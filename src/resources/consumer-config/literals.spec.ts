import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { java, js, php, python } from './literals.js';

/** What would end a literal, a comment or a line somewhere, or be read twice. */
const NASTY = [
  'https://billing.example.com',
  `it's`,
  '"',
  '\\',
  `\\'`,
  '\\"',
  '\\u0022',
  "'; import os; os.system('id'); '",
  '${x}`#{y}{{z}}%(w)s$v',
  '*/ ?> --> </script> """ \'\'\'',
  'line\nline\rline\tend',
  '\u0000\u001b\u007f\u0085\u2028\u2029',
  '\u00e4\u6f22\u{1f98a}',
  '',
];

describe('a literal', () => {
  it.each(NASTY)('of JavaScript is the value again: %j', (value) => {
    const literal = js(value);
    expect(literal).toMatch(/^"[\x20-\x7e]*"$/);
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- what it is for
    expect(new Function(`return ${literal}`)()).toBe(value);
    expect(JSON.parse(literal)).toBe(value);
  });

  it('of Python is the value again', () => {
    const script = `import ast, json, sys; print(json.dumps([ast.literal_eval(line) for line in json.load(sys.stdin)]))`;
    const literals = [...NASTY.map((value) => python(value)), python(NASTY)];
    for (const literal of literals) expect(literal).toMatch(/^[\x20-\x7e]*$/);
    const answer = execFileSync('python3', ['-c', script], { input: JSON.stringify(literals) });
    expect(JSON.parse(answer.toString())).toEqual([...NASTY, NASTY]);
  });

  it('of PHP ends where it should: nothing but quotes and backslashes means anything inside', () => {
    expect(php(`it's`)).toBe(String.raw`'it\'s'`);
    expect(php('\\')).toBe(String.raw`'\\'`);
    expect(php(`\\'`)).toBe(String.raw`'\\\''`);
    expect(php('$x {$y} "z"')).toBe(`'$x {$y} "z"'`);
    expect(php(['a', `b'`])).toBe(String.raw`['a', 'b\'']`);
    for (const value of NASTY) {
      const inside = /^'((?:[^\\']|\\[\\'])*)'$/s.exec(php(value))?.[1];
      expect(inside?.replaceAll(/\\(.)/g, '$1')).toBe(value);
    }
  });

  it('of Java has no escape that the compiler reads before the literal', () => {
    for (const value of NASTY) {
      const literal = java(value);
      expect(literal).toMatch(/^"[\x20-\x7e]*"$/);
      // A backslash after an even number of them begins an escape (JLS 3.3); as \u it comes first.
      const early = [...literal.matchAll(/(?<!\\)(?:\\\\)*\\u([0-9a-f]{4})/g)];
      const dangerous = ['0022', '005c', '000a', '000d'];
      for (const [, code] of early) expect(dangerous).not.toContain(code);
      expect(JSON.parse(literal)).toBe(value);
    }
  });
});
