import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { findProgram, hasMariadb } from '../../scripts/mariadb.mjs';
import { installPackages } from '../../scripts/system-programs.mjs';

/** Sees to it that there is everything to measure with, or says what is missing and stops. */
export async function provide() {
  if (process.platform !== 'linux') stop('CPU time is read from /proc: this needs Linux.');
  npm('run', 'build'); // and not what another version left
  const { bundle } = await import('../../scripts/bundle.mjs');
  const programs = ['signet-with-probe', 'signet-with-watch'];
  await bundle(
    Object.fromEntries(programs.map((name) => [name, `bench/servers/${name}.mjs`])),
    'build/bench',
  );
  if (!existsSync('bench/node_modules/oidc-provider')) npm('ci', '--prefix', 'bench');
  const needed = [
    ['wrk', findProgram('wrk') !== undefined],
    ['mariadb-server', hasMariadb()],
    ['util-linux', availableParallelism() === 1 || findProgram('taskset') !== undefined],
  ];
  const missing = needed.filter(([, isThere]) => !isThere).map(([name]) => name);
  if (missing.length === 0) return;
  installPackages(missing, 'which the measurement needs');
  const still = missing.filter((name) => name !== 'mariadb-server' || !hasMariadb());
  if (still.some((name) => findProgram(PROGRAM_OF[name]) === undefined)) {
    stop(`Missing: ${still.join(', ')} (Debian: apt-get install ${still.join(' ')}).`);
  }
}

const PROGRAM_OF = { wrk: 'wrk', 'mariadb-server': 'mariadbd', 'util-linux': 'taskset' };

function npm(...args) {
  const { status } = spawnSync('npm', args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) stop(`npm ${args.join(' ')} failed`);
}

function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}
