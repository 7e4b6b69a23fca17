import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { BAD_TOKENS } from '../src/index.js';
import { ACCEPTS, CHECKS } from '../src/probe/checks.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The rows of the table between a comment that begins with these words and the next one. */
function rowsAfter(comment: string): readonly (readonly string[])[] {
  const [, part = ''] = readme.split(`<!-- ${comment}`);
  const [table = ''] = part.slice(part.indexOf('-->')).split('<!-- end');
  return table
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe('the README', () => {
  it('has each bad token, as the code describes it', () => {
    const rows = rowsAfter('bad tokens').map(([name, what]) => [name, what]);
    expect(rows).toEqual(Object.entries(BAD_TOKENS).map(([name, what]) => [`\`${name}\``, what]));
  });

  it('has each check, as the code describes it', () => {
    const checks = [ACCEPTS, ...CHECKS];
    expect(rowsAfter('checks')).toEqual(
      checks.map(({ name, promise }) => [`\`${name}\``, promise]),
    );
  });
});
