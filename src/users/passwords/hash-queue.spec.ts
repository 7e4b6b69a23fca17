import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { loadSettings } from '../../config/settings.js';
import { Metrics } from '../../platform/metrics.js';
import { HashQueue, HashQueueFull } from './hash-queue.js';

/** Work that ends when the test says so. */
class Work {
  started = false;
  private end: (() => void) | undefined;

  readonly run = (): Promise<string> => {
    this.started = true;
    return new Promise((resolve) => {
      this.end = () => resolve('done');
    });
  };

  finish(): void {
    this.end?.();
  }
}

const works = (count: number) => Array.from({ length: count }, () => new Work());
/** Lets everything that is due happen. */
const settle = () => jest.advanceTimersByTimeAsync(0);

describe('the queue for hashes', () => {
  let metrics: Metrics;
  let queue: HashQueue;

  beforeEach(() => {
    jest.useFakeTimers();
    metrics = new Metrics();
    const settings = loadSettings({
      HASH_CONCURRENCY: '2',
      HASH_QUEUE_LENGTH: '3',
      HASH_QUEUE_TIMEOUT: '2s',
    });
    queue = new HashQueue(settings, metrics);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const read = async (name: string) =>
    (await metrics.registry.getSingleMetric(name)?.get())?.values[0]?.value;

  it('runs as many at once as are allowed, and the others in order', async () => {
    const all = works(4);
    const results = all.map((work) => queue.run(work.run));
    await settle();
    expect(all.map((work) => work.started)).toEqual([true, true, false, false]);
    expect(await read('signet_hash_running')).toBe(2);
    expect(await read('signet_hash_queue_waiting')).toBe(2);
    all[1]?.finish();
    await settle();
    expect(all.map((work) => work.started)).toEqual([true, true, true, false]);
    for (const work of all) {
      work.finish();
      await settle();
    }
    expect(await Promise.all(results)).toEqual(['done', 'done', 'done', 'done']);
    expect(await read('signet_hash_running')).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('turns away at once who finds it full, without looking at the password', async () => {
    const all = works(6);
    const results = all.map((work) => queue.run(work.run));
    await expect(results[5]).rejects.toMatchObject({
      kind: { status: 503 },
      headers: { 'Retry-After': '1' },
    });
    expect(all[5]?.started).toBe(false);
    expect(await read('signet_hash_rejected_total')).toBe(1);
    for (const work of all) {
      work.finish();
      await settle();
    }
    expect(await Promise.allSettled(results.slice(0, 5))).toEqual(
      Array(5).fill({ status: 'fulfilled', value: 'done' }),
    );
  });

  it('turns away who waited too long, and serves those behind', async () => {
    const [first, second, late, behind] = works(4) as [Work, Work, Work, Work];
    const running = [queue.run(first.run), queue.run(second.run)];
    const tooLate = expect(queue.run(late.run)).rejects.toBeInstanceOf(HashQueueFull);
    await jest.advanceTimersByTimeAsync(1500);
    const served = queue.run(behind.run);
    await jest.advanceTimersByTimeAsync(500);
    await tooLate;
    first.finish();
    await settle();
    expect([late.started, behind.started]).toEqual([false, true]);
    behind.finish();
    second.finish();
    await Promise.all([...running, served]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives the place of a hash that failed to the next', async () => {
    const [other, next] = works(2) as [Work, Work];
    const running = queue.run(other.run);
    const failing = queue.run(() => Promise.reject(new Error('out of memory')));
    const waiting = queue.run(next.run);
    await expect(failing).rejects.toThrow('out of memory');
    await settle();
    expect(next.started).toBe(true);
    next.finish();
    other.finish();
    await Promise.all([running, waiting]);
  });

  it('says before any work whether there is room', async () => {
    const all = works(5);
    for (const work of all) {
      expect(() => queue.expectRoom()).not.toThrow();
      void queue.run(work.run);
      await settle();
    }
    expect(() => queue.expectRoom()).toThrow(HashQueueFull);
    expect(await read('signet_hash_rejected_total')).toBe(1);
    all[0]?.finish();
    await settle();
    expect(() => queue.expectRoom()).not.toThrow();
  });
});
