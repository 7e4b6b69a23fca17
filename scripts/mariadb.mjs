import { execFileSync, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';

const START_TIMEOUT_MS = 60_000;

/**
 * The server must not outlive the tests, not even when they are killed: this shell holds its life
 * against a pipe that the operating system closes with the parent process. $1 is its folder.
 */
const KEEPER = `
exec 3<&0
folder=$1; shift
"$@" 3<&- & server=$!
exec 2>/dev/null
{ read -r _ <&3; kill -KILL "$server"; } & reader=$!
wait "$server"
kill "$reader"
rm -rf "$folder"
`;

/** The path of an installed program, also of one in the folders that only root has in its PATH. */
export function findProgram(...names) {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/usr/local/bin',
    '/opt/homebrew/bin',
  ];
  for (const name of names) {
    for (const folder of folders) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // not here
      }
    }
  }
  return undefined;
}

export const hasMariadb = () =>
  findProgram('mariadbd') !== undefined && findProgram('mariadb-install-db') !== undefined;

/**
 * Starts a MariaDB server of our own on a free port of the loopback, with its data in a new temporary
 * folder. Its default character set is latin1, so that a table that relies on the server's default
 * shows. What is written need not survive a power loss; nothing else differs from a real server.
 */
export async function startMariadb() {
  const folder = mkdtempSync(join(tmpdir(), 'signet-mariadb-'));
  try {
    return await serve(folder, installMariadb(folder));
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Puts an empty data directory into `folder`. Returns the options that a server on it starts with. */
export function installMariadb(folder) {
  const asUser = prepareFolder(folder);
  install(folder, asUser);
  return ['--no-defaults', ...asUser, `--datadir=${join(folder, 'data')}`];
}

/** As root the server runs as `mysql`, which then must own its folder; otherwise as whoever we are. */
function prepareFolder(folder) {
  if (process.getuid() !== 0) return [];
  execFileSync('chown', ['mysql', folder]);
  return ['--user=mysql'];
}

function install(folder, asUser) {
  const program = findProgram('mariadb-install-db');
  const options = [
    '--no-defaults',
    ...asUser,
    `--datadir=${join(folder, 'data')}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ];
  try {
    execFileSync(program, options, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  } catch (error) {
    throw new Error(`${program} failed:\n${error.stdout ?? ''}${error.stderr ?? ''}`, {
      cause: error,
    });
  }
}

async function serve(folder, onItsData) {
  const port = await freePort();
  const command = [
    findProgram('mariadbd'),
    ...onItsData,
    `--socket=${join(folder, 's.sock')}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    '--character-set-server=latin1',
    '--max-connections=500',
    '--innodb-flush-log-at-trx-commit=0',
    '--skip-innodb-doublewrite',
    '--innodb-buffer-pool-size=128M',
  ];
  // A process group of its own: Ctrl-C at the terminal reaches us, and we stop it.
  const keeper = spawn('sh', ['-c', KEEPER, 'mariadb-keeper', folder, ...command], {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  let log = '';
  keeper.stderr.on('data', (lines) => (log = (log + lines).slice(-4000)));
  for (const part of [keeper, keeper.stdin, keeper.stderr]) part.unref();
  const gone = new Promise((resolve) => keeper.once('exit', resolve));
  const stop = async () => {
    keeper.ref();
    keeper.stdin.end();
    await gone;
  };
  const url = `mariadb://root@127.0.0.1:${port}/`;
  let running = true;
  void gone.then(() => (running = false));
  const giveUpAt = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    if (await answers(port)) return { url, stop };
    if (!running || Date.now() > giveUpAt) {
      const words = running ? `did not answer within ${START_TIMEOUT_MS / 1000} s` : 'ended';
      await stop();
      throw new Error(`mariadbd ${words}:\n${log}`);
    }
    await sleep(50);
  }
}

async function answers(port) {
  try {
    const connection = await mysql.createConnection({ host: '127.0.0.1', port, user: 'root' });
    await connection.end();
    return true;
  } catch {
    return false;
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
