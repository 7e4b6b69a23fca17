import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Everything temporary of this run; `BENCH_KEEP=1` leaves it there, with the logs of all servers. */
export const scratch = mkdtempSync(join(tmpdir(), 'signet-bench-'));

process.once('exit', () => {
  if (process.env.BENCH_KEEP !== '1') rmSync(scratch, { recursive: true, force: true });
});
