import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from './client.js';
import type { Replica } from './replica.js';
import type { World } from './world.js';

const ASK_EVERY_MS = 100;
/** `SHUTDOWN_DELAY` and `SHUTDOWN_TIMEOUT` by default, and the rest for a busy machine. */
const ENDS_WITHIN_MS = 25_000;

/** Where clients may send requests now. */
export interface Targets {
  readonly available: readonly Target[];
}

/** Sends nothing new to a replica that said that it is not ready, as load balancers do. */
export class LoadBalancer implements Targets {
  available: readonly Replica[];
  private isRunning = true;

  constructor(private readonly replicas: readonly Replica[]) {
    this.available = replicas;
    void this.watch();
  }

  stop(): void {
    this.isRunning = false;
  }

  private async watch(): Promise<void> {
    while (this.isRunning) {
      const ready = await Promise.all(this.replicas.map((replica) => replica.isReady()));
      this.available = this.replicas.filter((_, i) => ready[i]);
      await sleep(ASK_EVERY_MS);
    }
  }
}

/** Restarts a replica in order, and looks that nobody notices (I-11). */
export async function roll(world: World, replica: Replica): Promise<void> {
  const { judgement, recorder } = world;
  const began = performance.now();
  const { code } = await replica.stop('SIGTERM');
  const took = performance.now() - began;
  judgement.figure(
    'longest drain, ms',
    Math.max(took, Number(judgement.figures.get('longest drain, ms') ?? 0)),
  );
  judgement.expect('I-11', code === 0, `${replica.name} ended with ${code ?? 'a signal'}`);
  judgement.expect(
    'I-11',
    took < ENDS_WITHIN_MS,
    `${replica.name} took ${Math.round(took)} ms to end`,
  );
  const failed = recorder.records.filter(
    ({ t1, outcome, op }) => t1 > began && outcome === 'unknown' && op !== 'live',
  );
  judgement.expect(
    'I-11',
    failed.length === 0,
    `${failed.length} requests failed, such as ${JSON.stringify(failed[0])}`,
  );
  const started = performance.now();
  replica.start();
  await replica.ready();
  await world.recover(started, world.recoveryWithBoot);
}
