import { setTimeout as sleep } from 'node:timers/promises';
import { ownConnectionsTo } from './open-handles.js';
import type { Replica } from './replica.js';
import type { World } from './world.js';

/**
 * Of what is left once all garbage is collected. That is measured within some hundred KiB, but up to a tenth
 * comes with the first minute of load: compiled code, caches and the index, all of which have an end.
 */
const LIVE_MEMORY_MARGIN = 1.15;
/**
 * By how many MiB what the system has given may grow: V8 and the allocator keep what they had for a moment, and
 * 90 MiB were seen where no more was live than before. Enough to see what is kept outside of V8.
 */
const RSS_GROWTH_MAX = 120;
/** Until what was closed is gone at both ends. */
const LOOKS = 30;

interface Held {
  /** Everything open but connections. */
  readonly others: number | undefined;
  /** In MiB. */
  readonly live: number;
  readonly rss: number;
}

/** I-10: what a fault leaves behind in the replicas, whether they lived through it or were started again. */
export class Leftovers {
  private constructor(private readonly before: ReadonlyMap<string, Held>) {}

  /** Notes what the replicas hold now that they have done some of everything. */
  static async since({ replicas }: World): Promise<Leftovers> {
    const before = new Map<string, Held>();
    for (const replica of replicas) before.set(replica.name, await heldBy(replica));
    return new Leftovers(before);
  }

  async check(world: World): Promise<void> {
    for (const replica of world.replicas) {
      const before = this.before.get(replica.name);
      if (before === undefined) continue; // came later
      await this.checkHandles(world, replica, before);
      await this.checkMemory(world, replica, before);
    }
  }

  private async checkHandles(
    { judgement }: World,
    replica: Replica,
    { others }: Held,
  ): Promise<void> {
    if (others === undefined) return; // there is no /proc
    let wrong = whatIsLeftOpen(replica, others);
    for (let look = 0; look < LOOKS && wrong.length > 0; look++) {
      await sleep(100);
      wrong = whatIsLeftOpen(replica, others);
    }
    judgement.expect('I-10', wrong.length === 0, `${replica.name} holds ${wrong.join('; ')}`);
  }

  private async checkMemory({ judgement }: World, replica: Replica, before: Held): Promise<void> {
    const { live, rss: first } = await heldBy(replica);
    const { name } = replica;
    const rss = await leastTaken(replica, first, before.rss + RSS_GROWTH_MAX);
    judgement.figure(`memory kept by ${name}, MiB`, `${round(live)}, before ${round(before.live)}`);
    judgement.expect(
      'I-10',
      live <= before.live * LIVE_MEMORY_MARGIN,
      `${name} keeps ${round(live)} MiB of ${round(before.live)} MiB before`,
    );
    judgement.expect(
      'I-10',
      rss <= before.rss + RSS_GROWTH_MAX,
      `${name} takes ${round(rss)} MiB of the system, ${round(before.rss)} MiB before`,
    );
  }
}

async function heldBy(replica: Replica): Promise<Held> {
  const live = await replica.liveMemory();
  const rss = replica.rss ?? 0;
  const looks: number[] = [];
  // The least of some looks: now and then a file is written.
  for (let look = 0; look < 5; look++) {
    const { others } = replica.openHandles ?? {};
    if (others !== undefined) looks.push(others);
    await sleep(20);
  }
  return { live, rss, others: looks.length === 0 ? undefined : Math.min(...looks) };
}

/**
 * What is collected is not given back at once: 170 MiB more were seen right after connections had been refused
 * for a while, a hundred a second, and 20 MiB more some collections later. So some looks, until it is enough.
 */
async function leastTaken(replica: Replica, first: number, enough: number): Promise<number> {
  let least = first;
  for (let look = 0; look < LOOKS && least > enough; look++) {
    await sleep(100);
    await replica.liveMemory();
    least = Math.min(least, replica.rss ?? 0);
  }
  return least;
}

/** In words; nothing when all is as it should be. */
function whatIsLeftOpen(replica: Replica, othersBefore: number): readonly string[] {
  const open = replica.openHandles;
  if (open === undefined) return ['nothing: it is gone'];
  const { others, incoming, outgoing, halfClosed } = open;
  const ours = ownConnectionsTo(replica.port) ?? 0;
  const { connectionsMax } = replica;
  return [
    ...(others <= othersBefore ? [] : [`${others} files and the like, ${othersBefore} before`]),
    ...(incoming <= ours ? [] : [`${incoming} connections of clients, who hold ${ours}`]),
    ...(outgoing <= connectionsMax ? [] : [`${outgoing} connections, may have ${connectionsMax}`]),
    ...(halfClosed === 0 ? [] : [`${halfClosed} connections that the other side has closed`]),
  ];
}

function round(mib: number): number {
  return Math.round(mib * 10) / 10;
}
