import { beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { announcementIn, textOf } from './announcement.js';
import { Outbox } from './outbox.js';

let sent: string[];
let outcomes: boolean[];
let answer: ((isSent: boolean) => void)[];
let outbox: Outbox;
beforeEach(() => {
  [sent, outcomes, answer] = [[], [], []];
  outbox = new Outbox(
    (message) => {
      sent.push(message);
      return new Promise((resolve) => answer.push(resolve));
    },
    (isSent) => outcomes.push(isSent),
  );
});
const bus = async (isSent: boolean) => {
  answer.shift()?.(isSent);
  await turn();
};
const revision = (number: number) => {
  outbox.announce({ revision: number, keys: false });
};

describe('announcing', () => {
  it('is one message at a time; what comes meanwhile is the next one, with all that was told', async () => {
    revision(5);
    for (let i = 6; i <= 1000; i++) revision(i);
    outbox.announce({ revision: 0, keys: true });
    revision(7); // a transaction that was slower to say so
    expect(sent).toEqual(['5']);
    await bus(true);
    expect(sent).toEqual(['5', '1000 keys']);
    await bus(true);
    expect([sent.length, outcomes]).toEqual([2, [true, true]]);
  });

  it('goes on after a message that was not taken, which is not sent again', async () => {
    revision(5);
    await bus(false);
    revision(6);
    await bus(true);
    expect([sent, outcomes]).toEqual([
      ['5', '6'],
      [false, true],
    ]);
  });
});

describe('an announcement', () => {
  it.each([
    { revision: 17, keys: false },
    { revision: 0, keys: true },
    { revision: 999_999_999_999_999, keys: true },
  ])('is read as it was written: %j', (announcement) => {
    expect(announcementIn(textOf(announcement))).toEqual(announcement);
  });

  it.each([
    '',
    ' ',
    'keys',
    '-1',
    '1.5',
    '1e9',
    'NaN',
    'Infinity',
    '0x10',
    '17 ',
    '17\n',
    ' 17',
    '17 keys\n',
    '17  keys',
    '١٧',
    '9999999999999999',
    '{"revision":17}',
    '1'.repeat(1_000_000),
  ])('is not what this says: %j', (text) => {
    expect(announcementIn(text)).toBeUndefined();
  });
});
