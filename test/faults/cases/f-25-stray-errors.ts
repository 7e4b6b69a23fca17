import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import type { Replica } from '../support/replica.js';
import { World } from '../support/world.js';

const STRAY_ERRORS = join(import.meta.dirname, '../support/stray-errors.mjs');
/** Whoever is asked to start a process again must be able to: half-alive, it would keep the port. */
const GONE_WITHIN_MS = 2000;

/** What each signal brings about in a replica, and the words of Signet's own log about it. */
const STRAYS = [
  ['SIGHUP', 'planted: thrown by a listener', 'Something was thrown and never caught'],
  ['SIGWINCH', 'planted: nobody waits for this', 'Something was rejected and never caught'],
] as const;

export const strayErrors: Fault = {
  id: 'F-25',
  title: 'An error that nobody expected',
  injected:
    'one of two replicas throws in a listener, later the other way round a promise fails that nobody waits for; each is started again as soon as it is gone',
  load: '12 chains of refreshes, sign-outs and user changes on both replicas',
  isQuick: false,
  async run(parts) {
    const world = await World.start(parts, {
      replicas: 2,
      chains: 12,
      replica: { nodeOptions: [`--import=${STRAY_ERRORS}`] },
    });
    try {
      world.beginLoad({ refresh: 0.6, logout: 0.03, pause: 90 });
      for (const stray of STRAYS) {
        await sleep(parts.random.between(1500, 3000));
        const victim = parts.random.pick(world.replicas);
        await expectGone(world, victim, stray);
        victim.start();
        await world.recover(performance.now(), world.recoveryWithBoot);
      }
      await world.endLoad();
      await checkHistory(world);
    } finally {
      await world.close();
    }
  },
};

/** I-9: it says what was wrong and is gone, as a failure, so that whatever started it starts it again. */
async function expectGone(
  { judgement }: World,
  victim: Replica,
  [signal, words, sentence]: (typeof STRAYS)[number],
): Promise<void> {
  const began = performance.now();
  victim.signal(signal);
  const exit = await Promise.race([victim.exit, sleep(GONE_WITHIN_MS, 'still there' as const)]);
  if (exit === 'still there') {
    judgement.expect('I-9', false, `${victim.name} lives on after "${words}"`);
    await victim.stop();
    return;
  }
  judgement.figure(`gone after "${words}", ms`, performance.now() - began);
  judgement.expect(
    'I-9',
    exit.code === 1,
    `after "${words}" ${victim.name} ended with ${exit.code ?? exit.signal ?? 'nothing'}, not 1`,
  );
  const isTold = victim.output
    .split('\n')
    .some((line) => line.includes(words) && line.includes(sentence));
  judgement.expect('I-9', isTold, `the log does not tell of "${words}"`);
}
