import { setTimeout as sleep } from 'node:timers/promises';
import { RedisServer } from '../../support/redis-server.js';
import { BusRelay } from '../support/bus-relay.js';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { NotPossibleHere } from '../support/judgement.js';
import { expectAnswersWithin } from '../support/outage.js';
import { RevocationProbe } from '../support/revocation-probe.js';
import { World } from '../support/world.js';

const ANSWER_WITHIN_MS = 3000;
const PROBES = 12;

export const busMessages: Fault = {
  id: 'F-16',
  title: 'Messages are lost, doubled, reordered and forged',
  injected:
    'a relay that loses 30 % of the messages, doubles 20 % and delays 20 % by up to 1.5 s; later also forged and malformed ones, some hundred a second',
  load: '12 chains and user changes on two replicas; sessions are ended at one and tried at the other one',
  isQuick: false,
  async run(parts) {
    const { judgement } = parts;
    const redis = await RedisServer.create();
    if (redis === undefined) throw new NotPossibleHere('Redis is not installed (redis-server).');
    const relay = await BusRelay.to(redis.port, parts.random.fork());
    try {
      const env = { REDIS_URL: redis.url(relay.port) };
      const world = await World.start(parts, { replicas: 2, chains: 12, env });
      try {
        const probe = new RevocationProbe(world);
        await probe.prepare(PROBES);
        const [channel] = /signet:\S+/.exec(await redis.tell('PUBSUB CHANNELS signet:*')) ?? [];
        if (channel === undefined) throw new Error('No replica has come to the bus');
        const began = performance.now();
        world.beginLoad({ refresh: 0.3, logout: 0.2, pause: 100 });
        const measure = async (when: string) => {
          for (let i = 0; i < PROBES / 2; i++) {
            await probe.measure(when);
            await sleep(500);
          }
        };
        await measure('when messages are lost');
        let isForging = true;
        const forging = forge(() => isForging, redis, channel);
        await measure('when they are forged as well');
        isForging = false;
        judgement.figure('messages forged', await forging);
        await world.endLoad();
        expectAnswersWithin(world, ANSWER_WITHIN_MS, began);
        await world.recover(performance.now());
        for (const [fate, count] of Object.entries(relay.counts))
          judgement.figure(`messages ${fate}`, count);
        judgement.expect(
          'I-1',
          Object.values(relay.counts).every((count) => count > 0),
          'the relay did not do all of it',
        );
        judgement.expect(
          'I-9',
          world.recorder.records.every(({ status }) => status !== 0 && status < 500),
          'a request failed because of the bus',
        );
        probe.handOver();
        await checkHistory(world);
      } finally {
        await world.close();
      }
    } finally {
      relay.close();
      await redis.close();
    }
  },
};

/** @returns how many. */
async function forge(goesOn: () => boolean, redis: RedisServer, channel: string): Promise<number> {
  const texts = ['999999999', '"999999999 keys"', '0', '-1', '"\\xff\\x00"', '{}', '1e400', '""'];
  let count = 0;
  while (goesOn()) {
    await redis.tell(...texts.map((text) => `PUBLISH ${channel} ${text}`));
    count += texts.length;
    await sleep(25);
  }
  return count;
}
