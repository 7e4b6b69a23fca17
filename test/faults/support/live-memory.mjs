/*
 * Loaded into each replica before Signet, with --expose-gc: on SIGUSR2 it collects all garbage and writes down
 * how much is left. What a process has of the system says little of what it keeps, since V8 gives back late.
 */
import { renameSync, writeFileSync } from 'node:fs';

const file = process.env.FAULTS_MEMORY_FILE;

process.on('SIGUSR2', () => {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  writeFileSync(`${file}.part`, String(heapUsed + external));
  renameSync(`${file}.part`, file); // whole or not at all
});
