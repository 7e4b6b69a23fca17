import type { Outcome, ProbeReport } from './probe.js';

const WORDS: Readonly<Record<Outcome, string>> = {
  passed: 'ok',
  failed: 'FAILED',
  known: 'known gap',
  untested: 'not tested',
};

/** The report as a table for people; tokens are never in it. */
export function tableOf({ results }: ProbeReport): string {
  const width = (texts: readonly string[]) => Math.max(...texts.map(({ length }) => length));
  const states = width(Object.values(WORDS));
  const names = width(results.map(({ name }) => name));
  const promises = width(results.map(({ promise }) => promise));
  const lines = results.map(({ outcome, name, promise, detail }) =>
    [WORDS[outcome].padEnd(states), name.padEnd(names), promise.padEnd(promises), detail].join(
      '  ',
    ),
  );
  const count = (outcome: Outcome) => results.filter((result) => result.outcome === outcome).length;
  const total = [
    `${count('passed')} passed`,
    `${count('failed')} failed`,
    `${count('known')} known gaps`,
    `${count('untested')} not tested`,
  ].join(', ');
  return [...lines, '', total].join('\n');
}
