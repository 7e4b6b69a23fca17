import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { LOAD_CORE, SERVER_CORE, on } from './cores.mjs';
import { startOptions } from './node-options.mjs';

const run = promisify(execFile);

/** Runs a program of `load/` on the core of the load, and reads what it found. */
export function runLoad(file, ...args) {
  return runOn(LOAD_CORE, [], file, args);
}

/** The same on the core of the servers and as they are run, for what is itself measured. */
export function runMeasured(file, ...args) {
  return runOn(SERVER_CORE, startOptions(), file, args);
}

async function runOn(core, nodeOptions, file, args) {
  const path = fileURLToPath(new URL(`../load/${file}.mjs`, import.meta.url));
  const command = [process.execPath, ...nodeOptions, path, ...args.map(String)];
  const [program, ...rest] = on(core, command);
  const { stdout } = await run(program, rest, { env: { PATH: process.env.PATH } });
  return JSON.parse(stdout);
}
