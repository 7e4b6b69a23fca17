import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findProgram, hasMariadb } from './mariadb.mjs';

const INSTALL = fileURLToPath(new URL('install-packages.sh', import.meta.url));

/** The programs that tests need and npm does not bring; how each is found, and how one gets it. */
const PROGRAMS = [
  {
    packages: ['mariadb-server'],
    projects: ['sqlite', 'mariadb'],
    isThere: () => process.env.TEST_DATABASE_URL !== undefined || hasMariadb(),
    help: 'The tests need MariaDB: install it (Debian: apt-get install mariadb-server), or set TEST_DATABASE_URL to a server on which databases may be created, such as mariadb://root:password@127.0.0.1:3306/.',
  },
  {
    packages: ['chromium'],
    projects: ['sqlite', 'mariadb'],
    isThere: () => findChromium() !== undefined,
    help: 'The tests need a browser: install Chromium (Debian: apt-get install chromium), or set CHROMIUM_PATH to one.',
  },
  {
    packages: ['redis-server'],
    projects: ['sqlite', 'mariadb', 'interop'],
    isThere: () => findProgram('redis-server', 'valkey-server') !== undefined,
    help: 'The tests of the bus and of blocklists need Redis: install it (Debian: apt-get install redis-server).',
  },
  {
    packages: ['python3-jose', 'python3-jwt', 'python3-python-flask-jwt-extended', 'python3-redis'],
    projects: ['interop'],
    isThere: () =>
      spawnSync('/usr/bin/python3', ['-c', 'import jose, jwt, flask_jwt_extended, redis'])
        .status === 0,
    help: 'The tests with Python need its libraries (Debian: apt-get install python3-jose python3-jwt python3-python-flask-jwt-extended python3-redis).',
  },
];

/** The browser for the tests of the documentation page. */
export function findChromium() {
  const given = process.env.CHROMIUM_PATH;
  if (given === undefined) return findProgram('chromium', 'chromium-browser', 'google-chrome');
  try {
    accessSync(given, constants.X_OK);
    return given;
  } catch {
    return undefined;
  }
}

/**
 * Installs what is missing for these projects of jest, where we may.
 *
 * @returns one sentence for each program that could not be had, saying how to get it.
 */
export function provideSystemPrograms(wanted) {
  const needed = PROGRAMS.filter(({ projects }) => projects.some((one) => wanted.includes(one)));
  const missing = needed.filter((program) => !program.isThere());
  if (missing.length === 0) return [];
  installPackages(
    missing.flatMap((program) => program.packages),
    'which the tests need',
  );
  return missing.filter((program) => !program.isThere()).map((program) => program.help);
}

/** Installs packages of the distribution, where we may; whoever calls looks whether they are there then. */
export function installPackages(packages, reason) {
  const asRoot = becomeRoot();
  if (asRoot === undefined || findProgram('apt-get') === undefined) return;
  console.log(`Installing ${packages.join(' and ')}, ${reason}`);
  const [command, ...args] = [...asRoot, INSTALL, ...packages];
  spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
}

/** What to put before a command to run it as root; undefined when we cannot, or only with a password. */
function becomeRoot() {
  if (process.getuid() === 0) return [];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
    ? ['sudo', '-n']
    : undefined;
}
