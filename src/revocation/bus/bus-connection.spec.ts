import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { BusConnection } from './bus-connection.js';
import type { BusLink } from './bus-link.js';

/** A bus that works, is away, or hangs: takes connections and says nothing. */
class FakeBus {
  state: 'works' | 'away' | 'hangs' | 'refuses' = 'works';
  opened = 0;
  readonly published: string[] = [];
  lives: AbortController[] = [];
  receive: (message: string) => void = () => undefined;

  readonly open = async (
    channel: string,
    receive: (message: string) => void,
    life: AbortController,
  ): Promise<BusLink> => {
    expect(channel).toBe('channel');
    this.opened++;
    this.lives.push(life);
    this.receive = receive;
    await this.answer();
    return {
      publish: async (message) => {
        await this.answer();
        if (this.state === 'refuses') throw new Error('NOPERM');
        this.published.push(message);
      },
      ping: () => this.answer(),
    };
  };

  /** What a client is told of a connection that was closed from the other side. */
  break(): void {
    this.lives.at(-1)?.abort(new Error('Socket closed'));
  }

  get openNow(): number {
    return this.lives.filter(({ signal }) => !signal.aborted).length;
  }

  private answer(): Promise<void> {
    if (this.state === 'away') return Promise.reject(new Error('ECONNREFUSED'));
    return this.state === 'hangs' ? new Promise(() => undefined) : Promise.resolve();
  }
}

let bus: FakeBus;
let lines: string[];
let connects: number;
let received: string[];
let connection: BusConnection;
beforeEach(() => {
  jest.useFakeTimers();
  bus = new FakeBus();
  [lines, connects, received] = [[], 0, []];
  const log = pino({}, { write: (line) => void lines.push(line) });
  const events = { connected: () => connects++, received: (text: string) => received.push(text) };
  connection = new BusConnection(bus.open, 'channel', events, log);
});
afterEach(() => {
  connection.stop();
  jest.useRealTimers();
});
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('a connection to the bus', () => {
  it('is made in the background, once, and stays', async () => {
    connection.start();
    connection.start();
    expect(connection.isConnected).toBe(false);
    await pass(60_000);
    expect([connection.isConnected, bus.opened, connects, lines]).toEqual([true, 1, 1, []]);
    bus.receive('17');
    expect(received).toEqual(['17']);
  });

  it('is tried again by itself, ever less often, and an outage is said once', async () => {
    bus.state = 'away';
    connection.start();
    await pass(1000);
    expect(bus.opened).toBeGreaterThan(2);
    await pass(20_000);
    const before = bus.opened;
    await pass(60_000);
    expect(bus.opened - before).toBeGreaterThanOrEqual(11);
    expect(bus.opened - before).toBeLessThanOrEqual(25);
    expect(lines).toHaveLength(1);
    bus.state = 'works';
    await pass(5001);
    expect([connection.isConnected, connects, lines.length]).toEqual([true, 1, 2]);
    expect(bus.openNow).toBe(1);
  });

  it('is made anew when it is lost, and says that something may have been missed', async () => {
    connection.start();
    await pass(0);
    bus.break();
    await pass(0);
    expect(connection.isConnected).toBe(false);
    await pass(200);
    expect([connection.isConnected, connects, bus.opened]).toEqual([true, 2, 2]);
  });

  it('that ends as soon as it is made is made ever less often', async () => {
    connection.start();
    for (let i = 0; i < 60; i++) {
      await pass(1000);
      bus.break();
    }
    expect(bus.opened).toBeLessThan(30);
  });

  it('to a bus that hangs from the start is given up after 5 s', async () => {
    bus.state = 'hangs';
    connection.start();
    await pass(4999);
    expect([bus.opened, bus.openNow]).toEqual([1, 1]);
    await pass(200);
    expect([bus.opened, bus.openNow]).toEqual([2, 1]); // the first one was closed
    expect(connection.isConnected).toBe(false);
  });

  it('to a bus that begins to hang is noticed within 7 s, also when nothing is sent', async () => {
    connection.start();
    await pass(0);
    bus.state = 'hangs';
    await pass(7000);
    expect(connection.isConnected).toBe(false);
  });

  it('takes messages only while it is there, and never makes anybody wait for longer than 2 s', async () => {
    expect(await connection.publish('1')).toBe(false);
    connection.start();
    await pass(0);
    expect(await connection.publish('2')).toBe(true);
    bus.state = 'hangs';
    const hanging = connection.publish('3');
    await pass(2000);
    expect(await hanging).toBe(false);
    expect(connection.isConnected).toBe(false);
    expect(await connection.publish('4')).toBe(false);
    expect(bus.published).toEqual(['2']);
  });

  it('on which nothing may be published is said once, and kept for what is received', async () => {
    connection.start();
    await pass(0);
    bus.state = 'refuses';
    expect([await connection.publish('1'), await connection.publish('2')]).toEqual([false, false]);
    expect([connection.isConnected, lines.length]).toEqual([true, 1]);
  });

  it.each(['works', 'away', 'hangs'] as const)(
    'ends at once when it is stopped while the bus %s, and nothing stays',
    async (state) => {
      bus.state = state;
      connection.start();
      await pass(300);
      const sending = connection.publish('1');
      connection.stop();
      expect([connection.isConnected, bus.openNow]).toEqual([false, 0]);
      await sending;
      const { opened } = bus;
      bus.receive('17'); // on its way when it ended
      await pass(60_000);
      expect([bus.opened, received]).toEqual([opened, []]);
      expect(jest.getTimerCount()).toBe(0);
    },
  );
});
