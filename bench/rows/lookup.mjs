import { digits } from '../harness/cells.mjs';
import { ceiling } from '../harness/goals.mjs';
import { runMeasured } from '../harness/run-load.mjs';
import { median } from '../harness/statistics.mjs';

const NANOS = 1000;
const BYTES = 40;

/** Row 12: whether a token is revoked, asked of the index with a million entries. */
export async function lookup({ rounds: count }) {
  const runs = [];
  for (let round = 0; round < count; round++) runs.push(await runMeasured('lookups'));
  const all = (what) => runs.map((run) => run[what]);
  return {
    title: 'Lookup among 1,000,000 revocations',
    text: 'The index of Signet alone, in a process of its own: a quarter each of tokens, sessions, principals and credentials. A token that is not revoked is looked for among all of them; 200,000 different ones in turn, from their text.',
    more: [
      '| | ns |',
      '| --- | --- |',
      `| a token that is not revoked | ${digits(median(all('miss')))} |`,
      `| one that is | ${digits(median(all('hit')))} |`,
    ].join('\n'),
    goals: [
      ceiling(
        'lookup of a token that is not revoked among 1,000,000 revocations',
        NANOS,
        all('miss'),
        ' ns',
      ),
      ceiling('lookup of one that is', NANOS, all('hit'), ' ns'),
      ceiling('memory that a revocation takes in the index', BYTES, all('bytes'), ' B'),
    ],
  };
}
