import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { HistoryMark, HistoryMarkUnreadable } from './history-mark.js';

const INSTALLATION = 1_700_000_000_000;
const POSITION = {
  epoch: 1,
  revision: 57,
  createdAt: 1_800_000_000_000,
  keysVersion: 4,
  nextStatusIndex: 2048,
};

let folder: string;
let lines: string[];
let mark: HistoryMark;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-mark-'));
  lines = [];
  mark = markIn(folder);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function markIn(dataDir: string): HistoryMark {
  return new HistoryMark({ dataDir }, pino({}, { write: (line) => void lines.push(line) }));
}

describe('the mark of the history', () => {
  it('is absent before it is written', async () => {
    expect(await mark.read(INSTALLATION)).toBeUndefined();
  });

  it('survives a restart, and makes its folder', async () => {
    const dataDir = join(folder, 'data');
    const first = markIn(dataDir);
    first.note(INSTALLATION, POSITION);
    await first.settled();
    expect(await markIn(dataDir).read(INSTALLATION)).toEqual({
      ...POSITION,
      installation: INSTALLATION,
    });
    expect(statSync(join(dataDir, 'revocation-mark.json')).mode & 0o077).toBe(0);
  });

  it('says nothing about another installation', async () => {
    mark.note(INSTALLATION, POSITION);
    await mark.settled();
    expect(await mark.read(INSTALLATION + 1)).toBeUndefined();
  });

  it('ends with the newest of many, one file, and no drafts', async () => {
    for (let revision = 1; revision <= 100; revision++) {
      mark.note(INSTALLATION, { ...POSITION, revision });
    }
    await mark.settled();
    expect(await mark.read(INSTALLATION)).toMatchObject({ revision: 100 });
    expect(readdirSync(folder)).toEqual(['revocation-mark.json']);
  });

  it.each(['', '{', '{}', 'null', '{"installation":1,"epoch":0,"revision":-1}'])(
    'is no reason to believe anything when it is broken: %j',
    async (text) => {
      writeFileSync(join(folder, 'revocation-mark.json'), text);
      await expect(mark.read(INSTALLATION)).rejects.toThrow(HistoryMarkUnreadable);
    },
  );

  it('that cannot be written is told once, and written when it can be', async () => {
    writeFileSync(join(folder, 'file'), '');
    const failing = markIn(join(folder, 'file'));
    for (let i = 0; i < 3; i++) {
      failing.note(INSTALLATION, POSITION);
      await failing.settled();
    }
    expect(lines.filter((line) => line.includes('cannot be written'))).toHaveLength(1);
    rmSync(join(folder, 'file'));
    failing.note(INSTALLATION, POSITION);
    await failing.settled();
    expect(await failing.read(INSTALLATION)).toMatchObject(POSITION);
  });
});
