/**
 * Signet beside bare `node:http` and beside others, all measured in one run: `npm run bench`. Writes
 * docs/performance.md between its markers; see there for the method.
 *
 *   npm run bench                                        everything
 *   npm run bench -- --only=guarded,refresh --rounds=3   some rows
 *   npm run bench -- --gate                              exit code 1 when a goal is missed
 */
import { LOAD_CORE, move } from './harness/cores.mjs';
import { readOptions } from './harness/options.mjs';
import { provide } from './harness/provide.mjs';
import { writeReport } from './harness/report.mjs';

const ROWS = [
  'guarded',
  'unseen',
  'revoked',
  'lookup',
  'refresh',
  'login',
  'issue',
  'reads',
  'pages',
  'start',
  'memory',
  'processes',
];

process.chdir(new URL('..', import.meta.url).pathname);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

const options = readOptions(process.argv.slice(2), ROWS);
await provide();
move(process.pid, LOAD_CORE); // whoever looks on must not stand in the way
let missed = 0;
let broken = 0;
// What is imported needs what `provide` has built and installed.
const { stopMariadb } = await import('./seed/mariadb.mjs');
for (const name of ROWS.filter((row) => options.only.includes(row))) {
  console.log(`--- ${name}`);
  try {
    const rows = await import(`./rows/${name}.mjs`);
    const result = await rows[name](options);
    missed += writeReport(name, result, options);
  } catch (error) {
    broken++;
    console.error(error);
  }
}
await stopMariadb();
console.log(`${missed} goals missed, ${broken} rows broken`);
process.exit(broken > 0 || (options.gate && missed > 0) ? 1 : 0);
