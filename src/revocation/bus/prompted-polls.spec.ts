import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { PromptedPolls } from './prompted-polls.js';

/** A feed whose polls end when the test says so. */
class FakeFeed {
  revision = 0;
  polls = 0;
  private readonly ending: ((error?: Error) => void)[] = [];

  poll(): Promise<void> {
    this.polls++;
    return new Promise((resolve, reject) =>
      this.ending.push((error) => {
        if (error === undefined) resolve();
        else reject(error);
      }),
    );
  }

  /** Ends the poll that is under way, and lets `ms` pass. */
  async end(ms = 0, error?: Error): Promise<void> {
    this.ending.shift()?.(error);
    await jest.advanceTimersByTimeAsync(ms);
  }
}

let feed: FakeFeed;
let lines: string[];
let polls: PromptedPolls;
beforeEach(() => {
  jest.useFakeTimers();
  feed = new FakeFeed();
  lines = [];
  polls = new PromptedPolls(feed, pino({}, { write: (line) => void lines.push(line) }));
});
afterEach(() => {
  jest.useRealTimers();
});
const told = (revision: number) => {
  polls.prompt({ revision, keys: false });
};

describe('a poll that a message asks for', () => {
  it('begins at once when there is something to learn, and not otherwise', () => {
    feed.revision = 7;
    told(6);
    told(7);
    expect(feed.polls).toBe(0);
    told(8);
    expect(feed.polls).toBe(1);
  });

  it('begins when keys were changed, whatever the revision, and when something may have been missed', async () => {
    feed.revision = 7;
    polls.prompt({ revision: 0, keys: true });
    expect(feed.polls).toBe(1);
    await feed.end(20);
    polls.catchUp();
    expect(feed.polls).toBe(2);
  });

  it('is followed by one more, however many asked meanwhile', async () => {
    for (let i = 1; i <= 1000; i++) told(i);
    expect(feed.polls).toBe(1);
    feed.revision = 1; // all that it saw
    await feed.end(20);
    expect(feed.polls).toBe(2);
    await feed.end(1000);
    expect(feed.polls).toBe(2);
  });

  it('is spared when the feed got there by itself', async () => {
    told(1);
    told(2);
    feed.revision = 2;
    await feed.end(20);
    expect(feed.polls).toBe(1);
  });

  it('comes no more often than every 20 ms, whatever is claimed', async () => {
    for (let ms = 0; ms < 1000; ms++) {
      told(Number.MAX_SAFE_INTEGER);
      await feed.end(1);
    }
    expect(feed.polls).toBeGreaterThan(10); // what is asked for in the pause is not forgotten
    expect(feed.polls).toBeLessThanOrEqual(51);
  });

  it('is not repeated when it fails, is said once, and does not stand in the way of the next', async () => {
    told(1);
    await feed.end(20, new Error('down'));
    await jest.advanceTimersByTimeAsync(1000);
    expect(feed.polls).toBe(1);
    told(1);
    await feed.end(20, new Error('down'));
    expect([feed.polls, lines.length]).toEqual([2, 1]);
    told(1);
    await feed.end(20);
    told(1);
    await feed.end(20, new Error('down'));
    expect([feed.polls, lines.length]).toEqual([4, 2]);
  });

  it('does not come any more once it was stopped, and no timer stays', async () => {
    told(1);
    told(2);
    polls.stop();
    await feed.end(1000);
    told(3);
    polls.catchUp();
    expect(feed.polls).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });
});
