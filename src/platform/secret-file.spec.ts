import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SecretFileExposed, secretFile } from './secret-file.js';

const unneeded = (): string => {
  throw new Error('There is a secret already');
};
const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('secretFile', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'signet-secret-'));
    file = join(folder, 'data', 'secret');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('makes a secret that only its owner can read, in a folder that only its owner can enter', () => {
    expect(secretFile(file, () => 'made')).toBe('made');
    expect(modeOf(file)).toBe(0o600);
    expect(modeOf(join(folder, 'data'))).toBe(0o700);
  });

  it('reads the same one ever after', () => {
    secretFile(file, () => 'made');
    expect(secretFile(file, unneeded)).toBe('made');
  });

  it.each([0o644, 0o640, 0o604, 0o620, 0o601])(
    'refuses one of mode %o, naming the file and not the secret',
    (mode) => {
      secretFile(file, () => 'canary');
      chmodSync(file, mode);
      const read = () => secretFile(file, unneeded);
      expect(read).toThrow(SecretFileExposed);
      expect(read).toThrow(`chmod 600 ${file}`);
      expect(read).not.toThrow('canary');
    },
  );

  it('agrees with a process that makes one at the same time', () => {
    const mine = secretFile(file, () => {
      secretFile(file, () => 'theirs');
      return 'mine';
    });
    expect(mine).toBe('theirs');
    expect(readFileSync(file, 'utf8')).toBe('theirs\n');
  });

  it('agrees with it in refusing one that others could read', () => {
    const create = () =>
      secretFile(file, () => {
        writeFileSync(file, 'theirs', { mode: 0o644 });
        return 'mine';
      });
    expect(create).toThrow(SecretFileExposed);
  });

  it('leaves no draft behind', () => {
    secretFile(file, () => 'made');
    expect(readdirSync(join(folder, 'data'))).toEqual(['secret']);
  });
});
