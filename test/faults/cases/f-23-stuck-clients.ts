import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { World } from '../support/world.js';

const EACH = 300;
/** Of those that read no answer; each asks twenty times. */
const DEAF = 30;
const REQUEST_TIMEOUT_MS = 3000;
const CLOSED_WITHIN_MS = REQUEST_TIMEOUT_MS + 5000;

export const stuckClients: Fault = {
  id: 'F-23',
  title: 'Slow and stuck clients',
  injected: `${EACH} connections each that send half a header, half a body or nothing; ${DEAF} that ask 20 times and read no answer`,
  load: '8 chains go on',
  isQuick: false,
  async run(parts) {
    const { judgement } = parts;
    const world = await World.start(parts, {
      replicas: 1,
      chains: 8,
      env: { REQUEST_TIMEOUT: `${REQUEST_TIMEOUT_MS}ms`, KEEP_ALIVE_TIMEOUT: '2s' },
    });
    const [replica] = world.replicas;
    if (replica === undefined) throw new Error('There is no replica');
    const sockets: Socket[] = [];
    try {
      const handles = replica.handles ?? 0;
      world.beginLoad();
      await sleep(2000);
      const quiet = world.recorder.slowest();
      const began = performance.now();
      const half = open(
        sockets,
        replica.port,
        'GET /v1/auth/me HTTP/1.1\r\nHost: signet.test\r\nX-A',
      );
      const body = open(
        sockets,
        replica.port,
        'POST /v1/auth/login HTTP/1.1\r\nHost: signet.test\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"identifier":',
      );
      open(sockets, replica.port, '');
      const deaf = open(
        sockets,
        replica.port,
        'GET /.well-known/jwks.json HTTP/1.1\r\nHost: signet.test\r\n\r\n'.repeat(20),
        DEAF,
      );
      for (const socket of deaf) socket.pause();
      await sleep(CLOSED_WITHIN_MS);
      const left = [...half, ...body].filter(({ destroyed }) => !destroyed).length;
      judgement.expect('I-10', left === 0, `${left} stuck connections are still open`);
      judgement.figure('slowest answer before, ms', quiet);
      judgement.figure('slowest answer meanwhile, ms', world.recorder.slowest(began));
      judgement.expect(
        'I-6',
        world.recorder.slowest(began) < 3000 + quiet,
        'stuck clients hold up others',
      );
      for (const socket of sockets) socket.destroy();
      await world.recover(performance.now());
      await sleep(3000);
      await world.endLoad();
      const after = replica.handles ?? 0;
      judgement.figure('open files before and after', `${handles} and ${after}`);
      judgement.expect(
        'I-10',
        after <= handles * 1.1 + 15,
        `${after} open files, ${handles} before`,
      );
      await checkHistory(world);
    } finally {
      for (const socket of sockets) socket.destroy();
      await world.close();
    }
  },
};

function open(sockets: Socket[], port: number, text: string, count = EACH): readonly Socket[] {
  const opened = Array.from({ length: count }, () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    socket.resume();
    socket.write(text);
    return socket;
  });
  sockets.push(...opened);
  return opened;
}
