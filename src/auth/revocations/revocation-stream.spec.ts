import type { ServerResponse } from 'node:http';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PassedRevocation } from '../../revocation/revocations.repository.js';
import { RevocationStream } from './revocation-stream.js';

const revocation = (revision: number): PassedRevocation => ({
  revision,
  kind: 'session',
  subject: `session-${revision}`,
  minVersion: null,
  expiresAt: 1_800_000_000_000,
  statusIndex: null,
});

/** A response that takes as much as the test lets it. */
class FakeResponse {
  written = '';
  writableLength = 0;
  writableNeedDrain = false;
  writableEnded = false;
  destroyed = false;
  write(text: string): void {
    this.written += text;
  }
  end(): void {
    this.writableEnded = true;
  }
  destroy(): void {
    this.destroyed = true;
  }
  get ids(): number[] {
    return [...this.written.matchAll(/id: (\d+)\nevent/g)].map(([, id]) => Number(id));
  }
}

let response: FakeResponse;
let isAllowed: boolean;
beforeEach(() => {
  response = new FakeResponse();
  isAllowed = true;
});

const streamAfter = (after: number) =>
  // The stream uses what the fake has of a response, and what these tests do not come to.
  new RevocationStream(response as unknown as ServerResponse, after, () => isAllowed);
const nothing = () => Promise.resolve([]);

describe('a stream of revocations', () => {
  it('writes events, and before them where it begins', async () => {
    const stream = streamAfter(6);
    await stream.catchUp(nothing, () => 6);
    stream.tell([revocation(7)], 7);
    expect(response.written).toBe(
      'retry: 1000\nid: 6\n\n' +
        'id: 7\nevent: revocation\ndata: {"revision":7,"kind":"session","subject":"session-7","minVersion":null,"expiresAt":"2027-01-15T08:00:00.000Z"}\n\n',
    );
  });

  it('misses nothing and repeats nothing while it changes from stored to new ones', async () => {
    const stored = [1, 2, 3, 4, 5].map(revocation);
    let newest = 3;
    const stream = streamAfter(0);
    await stream.catchUp(
      (after, upTo) => {
        const page = stored.filter(({ revision }) => revision > after && revision <= upTo);
        if (newest === 3) {
          newest = 5; // while the page is read, the feed goes on
          stream.tell(stored.slice(3), 5);
        }
        return Promise.resolve(page.slice(0, 2));
      },
      () => newest,
    );
    stream.tell([revocation(6)], 6);
    expect(response.ids).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('goes on behind revisions that are in force no more', async () => {
    const stream = streamAfter(0);
    await stream.catchUp(nothing, () => 9);
    stream.beat(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
    expect(response.written).toContain(': alive 2026-01-02T03:04:05.678Z\nid: 9\n\n');
  });

  it('does not say that all is told when that is not known', async () => {
    const stream = streamAfter(0);
    await stream.catchUp(nothing, () => 9);
    stream.beat(undefined);
    expect(response.written).not.toContain('alive');
  });

  it('ends, and writes nothing more, when it may not be read any more', async () => {
    const stream = streamAfter(0);
    await stream.catchUp(nothing, () => 0);
    isAllowed = false;
    stream.tell([revocation(1)], 1);
    expect(response.writableEnded).toBe(true);
    isAllowed = true;
    stream.tell([revocation(2)], 2);
    expect(response.ids).toEqual([]);
  });

  it.each(['tell', 'beat'] as const)(
    'is closed when the client takes too little (%s)',
    async (way) => {
      const stream = streamAfter(0);
      await stream.catchUp(nothing, () => 0);
      response.writableLength = 262_144;
      stream.beat(0);
      expect(response.destroyed).toBe(false);
      response.writableLength++;
      if (way === 'tell') stream.tell([revocation(1)], 1);
      else stream.beat(0);
      expect(response.destroyed).toBe(true);
    },
  );
});
