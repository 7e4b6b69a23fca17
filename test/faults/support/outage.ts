import type { World } from './world.js';

/**
 * In which every request is answered while the database does not, in ms: `ANSWER_TIMEOUT`, the quarter of a
 * second that it may be missed by, and the rest for a machine that does other work at the same time.
 */
export const ANSWER_WITHIN_MS = 6000;

/** What asks no database answers as ever: keys, and whether the process lives. */
export async function expectKeysAndLife({ replicas, client, judgement }: World): Promise<void> {
  for (const replica of replicas) {
    const keys = await client.send(replica, 'jwks', {
      method: 'GET',
      path: '/.well-known/jwks.json',
    });
    judgement.expect(
      'I-6',
      keys.status === 200,
      `the keys of ${replica.name} are ${keys.status} without a database`,
    );
    const { status, record } = await client.send(replica, 'live', {
      method: 'GET',
      path: '/health/live',
    });
    judgement.expect(
      'I-6',
      status === 200 && record.t1 - record.t0 < 500,
      `${replica.name} says that it lives with ${status} after ${record.t1 - record.t0} ms`,
    );
  }
}

/**
 * I-6: nobody waits for longer than stated. On top of that comes what the machine itself holds up: as
 * long as the slowest answer took that needs nothing but a turn of the event loop.
 */
export function expectAnswersWithin({ recorder, judgement }: World, ms: number, from = 0): void {
  const slowest = recorder.slowest(from);
  const heldUp = recorder.slowest(from, Infinity, 'live');
  judgement.figure('slowest answer, ms', slowest);
  judgement.figure('slowest sign of life, ms', heldUp);
  judgement.expect('I-6', slowest <= ms + heldUp, `an answer took ${Math.round(slowest)} ms`);
}
