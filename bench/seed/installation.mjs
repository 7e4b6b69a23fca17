import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scratch } from '../harness/scratch.mjs';
import { startServer } from '../harness/server.mjs';
import { openRaw } from './database.mjs';
import { newMariadbUrl } from './mariadb.mjs';

const SIGNET = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const SIGNET_WITH_PROBE = fileURLToPath(
  new URL('../servers/signet-with-probe.mjs', import.meta.url),
);

export const ISSUER = 'https://signet.bench.internal';
export const ACCESS_TOKEN_SECONDS = 12 * 3600;

/** A database that Signet has prepared, and the settings with which Signet runs on it, as in production. */
export class Installation {
  constructor(url) {
    this.url = url;
    this.keyEncryptionKey = randomBytes(32);
    this.env = {
      NODE_ENV: 'production',
      ISSUER_URL: ISSUER,
      DATABASE_URL: url,
      DATA_DIR: mkdtempSync(join(scratch, 'data-')),
      KEY_ENCRYPTION_KEY: this.keyEncryptionKey.toString('hex'),
      // Tokens that are made at the beginning must be good at the end.
      ACCESS_TOKEN_TTL: `${ACCESS_TOKEN_SECONDS}s`,
      ACCESS_TOKEN_MAX_TTL: '24h',
    };
  }

  get dialect() {
    return this.url.startsWith('sqlite:') ? 'sqlite' : 'mariadb';
  }

  raw() {
    return openRaw(this.url);
  }

  /** Starts Signet on it, as `npm start` would, logs and all. */
  start(options = {}) {
    const { probe = false, env = {}, name = `Signet, ${this.dialect}`, ...others } = options;
    return startServer(name, probe ? SIGNET_WITH_PROBE : SIGNET, {
      ...nodeOptions(),
      ...others,
      ready: '/health/ready',
      env: { ...this.env, ...env },
    });
  }
}

/** The options with which `npm start` starts Node, before the file. */
function startOptions() {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

/** As `npm start` does. `BENCH_PROFILE=FOLDER`: where does Signet's time go? See profile.mjs. */
function nodeOptions() {
  const folder = process.env.BENCH_PROFILE;
  if (folder === undefined) return { nodeOptions: startOptions() };
  const profile = ['--cpu-prof', `--cpu-prof-dir=${folder}`];
  return { nodeOptions: [...startOptions(), ...profile], stopSignal: 'SIGINT' };
}

/** Has Signet make its tables, keys and secrets. @param {'sqlite' | 'mariadb'} dialect */
export async function install(dialect) {
  const url =
    dialect === 'sqlite'
      ? `sqlite:${join(mkdtempSync(join(scratch, 'sqlite-')), 'signet.db')}`
      : await newMariadbUrl();
  const installation = new Installation(url);
  const server = await installation.start();
  await server.stop('SIGINT');
  return installation;
}
