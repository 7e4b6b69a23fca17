import { randomBytes } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { LoadBalancer, roll } from '../support/load-balancer.js';
import type { Replica } from '../support/replica.js';
import { World } from '../support/world.js';

const ENDS_WITHIN_MS = 10_000;

export const keyFile: Fault = {
  id: 'F-28',
  title: 'The file of the key-encryption key is missing, half written, replaced',
  injected:
    'the file that KEY_ENCRYPTION_KEY_FILE names is removed while both replicas serve and keys are rotated; one starts without it, then with half of the next key; then both keys are put in place whole and change their roles, each replica starts anew, and once more without the old key',
  load: '12 chains of refreshes, sign-outs and user changes through a balancer',
  isQuick: false,
  async run(parts) {
    const [old, next] = [randomKey(), randomKey()];
    const [file, others] = [parts.scratch.path('key'), parts.scratch.path('other-keys')];
    put(file, old);
    put(others, next); // known everywhere before it is used, as operations.md has it
    const world = await World.start(parts, {
      replicas: 2,
      chains: 12,
      env: {
        KEY_ENCRYPTION_KEY: '',
        KEY_ENCRYPTION_KEY_FILE: file,
        KEY_ENCRYPTION_KEYS_OTHER_FILE: others,
      },
    });
    const balancer = new LoadBalancer(world.replicas);
    const victim = parts.random.pick(world.replicas);
    try {
      world.beginLoad({ refresh: 0.5, logout: 0.03, pause: 90 }, balancer);
      rmSync(file);
      await sleep(1500);
      await world.keyChanges.rotate(victim); // the next one is sealed with the key that is gone
      await victim.stop('SIGTERM');
      await expectRefusal(world, victim, 'cannot be read from the file');
      const half = next.slice(0, 20);
      writeFileSync(file, half);
      await expectRefusal(world, victim, 'must be 32 random bytes');
      const { judgement } = world;
      judgement.expect('I-9', !victim.output.includes(half), 'the log shows a part of the key');
      put(file, next);
      put(others, old);
      const causeEnded = performance.now();
      victim.start();
      await victim.ready();
      await world.recover(causeEnded, world.recoveryWithBoot);
      for (const replica of world.replicas) await roll(world, replica);
      put(others, ''); // whatever the old key had sealed is sealed with the next one by now
      for (const replica of world.replicas) await roll(world, replica);
      await world.endLoad();
      await checkHistory(world);
    } finally {
      balancer.stop();
      await world.close();
    }
  },
};

/** I-9: it does not start, and says which setting is wrong and why. */
async function expectRefusal({ judgement }: World, victim: Replica, why: string): Promise<void> {
  victim.start();
  const exit = await Promise.race([victim.exit, sleep(ENDS_WITHIN_MS, undefined)]);
  judgement.expect('I-9', exit?.code === 1, `${victim.name} started, though its key ${why}`);
  await victim.stop();
  judgement.expect(
    'I-9',
    victim.output.includes(`- KEY_ENCRYPTION_KEY ${why}`),
    `the log does not say that the key ${why}`,
  );
}

/** Whole or not at all, as secrets are replaced. */
function put(path: string, key: string): void {
  writeFileSync(`${path}.part`, `${key}\n`);
  renameSync(`${path}.part`, path);
}

function randomKey(): string {
  return randomBytes(32).toString('base64');
}
