import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Outlives us when we are killed, and then ends what we started and removes our folder: the operating
 * system closes its input with our process. Each line lists the processes that are running.
 */
const KEEPER = `
exec 2>/dev/null
pids=
while read -r line; do pids=$line; done
[ -z "$pids" ] || kill -KILL $pids
for mounted in "$1"/mount-*; do umount "$mounted"; done
rm -rf "$1"
`;

/** A folder for everything of this run, and the life of every process that it starts. */
export class Scratch {
  readonly folder = mkdtempSync(join(tmpdir(), 'signet-faults-'));
  private readonly running = new Set<number>();
  private readonly keeper: ChildProcess;
  private count = 0;

  constructor() {
    chmodSync(this.folder, 0o755); // the database server runs as another user
    this.keeper = spawn('sh', ['-c', KEEPER, 'faults-keeper', this.folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.keeper.unref();
  }

  /** A path in the folder that nothing has yet. */
  path(name: string): string {
    return join(this.folder, `${name}-${++this.count}`);
  }

  /** Has the process ended with us, however we end. */
  keep(child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) return; // could not be started; its 'error' event says so
    this.running.add(pid);
    this.tell();
    child.once('exit', () => {
      this.running.delete(pid);
      this.tell();
    });
  }

  /** Ends whatever still runs and removes the folder. */
  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.keeper.once('exit', resolve));
    this.keeper.ref();
    this.keeper.stdin?.end();
    await gone;
  }

  private tell(): void {
    this.keeper.stdin?.write(`${[...this.running].join(' ')}\n`);
  }
}
