/**
 * Everything that must hold, in one command: `npm test`. All parts run even when an early one fails;
 * the last line says how many checks passed and how many failed.
 *
 *   node scripts/test.mjs                            everything
 *   node scripts/test.mjs --coverage                 the same, and how much of the code it ran (a fifth slower)
 *   node scripts/test.mjs --only=lint,unit           some parts
 *   node scripts/test.mjs --only=e2e users           test files that match, on both databases
 *
 * Tests use the server that TEST_DATABASE_URL names, or else one of their own for as long as they run.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMariadb } from './mariadb.mjs';
import { findChromium, provideSystemPrograms } from './system-programs.mjs';

const CHECKS = {
  build: ['npm', 'run', 'build'], // tests of the process run what is built
  // What they export is what is built; the checks below and their examples need it.
  'build-packages': ['npm', 'run', 'build', '--workspaces', '--if-present'],
  lint: ['eslint', '.'],
  format: ['prettier', '--check', '--log-level', 'warn', '.'],
  typecheck: ['tsc', '--noEmit'],
  boundaries: [process.execPath, 'scripts/boundaries.mjs'],
  unused: ['knip'],
};
const PROJECTS = ['unit', 'packages', 'sqlite', 'mariadb', 'interop'];
/** The quick set of test/faults; alone and last, since it measures how soon things are over. */
const FAULTS = [process.execPath, '--import', './scripts/typescript.mjs', 'test/faults/main.ts'];
const JEST = [
  process.execPath,
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
];
const ALL_PARTS = [...Object.keys(CHECKS), ...PROJECTS, 'faults'];
const COVERAGE = '.test-results/coverage';

process.chdir(new URL('..', import.meta.url).pathname);

const { parts, jestArguments, coverage } = readArguments(process.argv.slice(2));
const total = { passed: 0, failed: 0 };
const summary = [];
/** Whoever must be told when we are interrupted. */
const children = new Set();
/** Where tests put what is temporary, so that nothing of an interrupted run stays behind. */
const scratch = mkdtempSync(join(tmpdir(), 'signet-run-'));
process.once('exit', () => {
  rmSync(scratch, { recursive: true, force: true });
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    for (const child of children) child.kill(signal);
    // The database server stops by itself: it lives only as long as this process (mariadb.mjs).
    process.exit(130);
  });
}

for (const [name, command] of Object.entries(CHECKS)) {
  if (parts.includes(name)) await check(name, command);
}
const projects = PROJECTS.filter((project) => parts.includes(project));
if (projects.length > 0) await runProjects(projects);
if (parts.includes('faults')) await check('faults', [...FAULTS, '--quick']);

for (const line of summary) console.log(line);
process.exitCode = total.failed > 0 ? 1 : 0;
console.log(`${total.passed} passed, ${total.failed} failed`);

function readArguments(given) {
  const option = given[0]?.startsWith('--only=') ? given[0].slice('--only='.length) : undefined;
  const rest = (option === undefined ? given : given.slice(1)).filter(
    (argument) => argument !== '--' && argument !== '--coverage',
  );
  const names = option
    ?.split(',')
    .flatMap((name) => (name === 'e2e' ? ['sqlite', 'mariadb'] : [name]));
  const unknown = names?.filter((name) => !ALL_PARTS.includes(name)) ?? [];
  if (unknown.length > 0) {
    console.error(
      `There is no part "${unknown.join(', ')}"; there are ${ALL_PARTS.join(', ')} and e2e.`,
    );
    process.exit(2);
  }
  const coverage = given.includes('--coverage');
  return { parts: names ?? ALL_PARTS, jestArguments: rest, coverage };
}

function count(name, passed, failed, note = '') {
  total.passed += passed;
  total.failed += failed;
  summary.push(`${failed === 0 ? 'ok    ' : 'FAILED'} ${name}${note === '' ? '' : `: ${note}`}`);
}

async function check(name, command) {
  console.log(`\n--- ${name}`);
  const fine = (await run(command)) === 0;
  count(name, fine ? 1 : 0, fine ? 0 : 1);
}

async function runProjects(wanted) {
  console.log(`\n--- tests: ${wanted.join(', ')}`);
  // Their tests of the process run it as it is built.
  const usesBuild = ['mariadb', 'sqlite', 'interop'].some((project) => wanted.includes(project));
  if (usesBuild && !parts.includes('build') && !existsSync('build/signet/main.js')) {
    await check('build', CHECKS.build);
  }
  const usesPackages = wanted.includes('packages') || wanted.includes('interop');
  if (usesPackages && !parts.includes('build-packages')) {
    await check('build-packages', CHECKS['build-packages']);
  }
  for (const help of provideSystemPrograms(wanted)) count('programs', 0, 1, help);
  let server;
  let runnable = wanted;
  if (wanted.includes('mariadb') && process.env.TEST_DATABASE_URL === undefined) {
    try {
      server = await startMariadb();
    } catch (error) {
      // The other projects still tell something.
      count('mariadb', 0, 1, error.message);
      runnable = wanted.filter((project) => project !== 'mariadb');
    }
  }
  try {
    if (runnable.length > 0) await jest(runnable, server?.url ?? process.env.TEST_DATABASE_URL);
  } finally {
    await server?.stop();
  }
}

async function jest(wanted, databaseUrl) {
  const chromium = findChromium();
  const report = join(scratch, 'report.json');
  const options = ['--ci', '--maxWorkers=2', '--json', `--outputFile=${report}`];
  if (coverage) {
    rmSync(COVERAGE, { recursive: true, force: true });
    options.push('--coverage');
  }
  const exitCode = await run(
    [...JEST, ...jestArguments, ...options, '--selectProjects', ...wanted],
    {
      TMPDIR: scratch,
      ...(databaseUrl === undefined ? {} : { TEST_DATABASE_URL: databaseUrl }),
      ...(chromium === undefined ? {} : { CHROMIUM_PATH: chromium }),
    },
  );
  countTests(report, exitCode);
  if (coverage) printCoverage();
}

/** A test that was skipped is a promise that nobody checked, and counts as failed. */
function countTests(file, exitCode) {
  if (!existsSync(file)) {
    count('tests', 0, 1, 'jest left no report');
    return;
  }
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const { numPassedTests: passed, numFailedTests, numRuntimeErrorTestSuites: broken } = report;
  const skipped = report.numPendingTests + report.numTodoTests;
  let failed = numFailedTests + broken + skipped;
  // Such as an open handle or a failure outside of any test; or no test at all.
  if (failed === 0 && (exitCode !== 0 || passed === 0)) failed = 1;
  const words = `${passed} passed, ${numFailedTests} failed, ${broken} files broken, ${skipped} skipped`;
  count('tests', passed, failed, words);
}

function printCoverage() {
  const file = `${COVERAGE}/coverage-summary.json`;
  if (!existsSync(file)) return;
  const { branches, lines } = JSON.parse(readFileSync(file, 'utf8')).total;
  summary.push(
    `branch coverage ${branches.pct} % (${branches.covered} of ${branches.total}), line coverage ${lines.pct} %`,
  );
}

/** The exit code; 1 when the command could not be run or was killed. */
function run([command, ...args], env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env, PATH: `node_modules/.bin:${process.env.PATH ?? ''}` },
    });
    children.add(child);
    child.once('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.once('exit', (code) => {
      children.delete(child);
      resolve(code ?? 1);
    });
  });
}
