import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { LOAD_CORE, on } from './cores.mjs';

const run = promisify(execFile);

/** Runs a program of `load/` on the core of the load, and reads what it found. */
export function runLoad(file, ...args) {
  return runOn(LOAD_CORE, file, ...args);
}

/** The same on another core, for what is itself measured. */
export async function runOn(core, file, ...args) {
  const path = fileURLToPath(new URL(`../load/${file}.mjs`, import.meta.url));
  const [program, ...rest] = on(core, [process.execPath, path, ...args.map(String)]);
  const { stdout } = await run(program, rest, { env: { PATH: process.env.PATH } });
  return JSON.parse(stdout);
}
