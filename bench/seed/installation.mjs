import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scratch } from '../harness/scratch.mjs';
import { startServer } from '../harness/server.mjs';
import { openRaw } from './database.mjs';
import { newMariadbUrl } from './mariadb.mjs';

/** Signet, and Signet with something that is measured by; those are bundled by `provide` in the same way. */
const PROGRAMS = {
  signet: 'signet/main.js',
  probe: 'bench/signet-with-probe.js',
  watch: 'bench/signet-with-watch.js',
};

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

  /**
   * Starts Signet on it, as in production, logs and all.
   *
   * @param {{ with?: 'probe' | 'watch', name?: string, env?: Record<string, string>, cores?: number }} options
   */
  start(options = {}) {
    const { with: what, env = {}, name = `Signet, ${this.dialect}`, ...others } = options;
    const program = PROGRAMS[what ?? 'signet'];
    const file = fileURLToPath(new URL(`../../build/${program}`, import.meta.url));
    return startServer(name, file, {
      ...profiling(),
      ...others,
      ready: '/health/ready',
      env: { ...this.env, ...env },
    });
  }
}

/** `BENCH_PROFILE=FOLDER`: where does Signet's time go? See profile.mjs. */
function profiling() {
  const folder = process.env.BENCH_PROFILE;
  if (folder === undefined) return {};
  return { nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${folder}`], stopSignal: 'SIGINT' };
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
