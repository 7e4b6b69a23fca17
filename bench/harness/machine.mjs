import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release, totalmem } from 'node:os';
import { findProgram } from '../../scripts/mariadb.mjs';
import { isPinned } from './cores.mjs';

const PACKAGES = [
  '@nestjs/core',
  'fastify',
  'typeorm',
  'mysql2',
  'better-sqlite3',
  'express',
  'express-jwt',
];
const BENCH_PACKAGES = ['passport-jwt', 'oidc-provider'];

/** What was measured on, and with which versions. */
export function describeMachine() {
  const [{ model }] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const pinned = isPinned
    ? 'servers on core 0, load and databases on core 1'
    : 'nothing pinned: one core';
  const versions = [
    ...PACKAGES.map(
      (name) => `${name} ${versionOf(name, new URL('../../package.json', import.meta.url))}`,
    ),
    ...BENCH_PACKAGES.map(
      (name) => `${name} ${versionOf(name, new URL('../package.json', import.meta.url))}`,
    ),
  ];
  return [
    `${cpus().length} cores (${model}), ${memory} GiB, Linux ${release()}; ${pinned}.`,
    `Node ${process.version}, ${mariadbVersion()}, ${versions.join(', ')}.`,
  ].join('\n');
}

/** Read from the file itself, since not every package exports its package.json. */
function versionOf(name, from) {
  const folders = createRequire(from).resolve.paths(name);
  for (const folder of folders) {
    try {
      return JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')).version;
    } catch {
      // not in this folder
    }
  }
  return 'of unknown version';
}

function mariadbVersion() {
  const text = execFileSync(findProgram('mariadbd'), ['--version'], { encoding: 'utf8' });
  return `MariaDB ${/Ver ([\d.]+)/.exec(text)?.[1]}`;
}
