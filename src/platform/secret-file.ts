import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A secret file that others on this machine can read. */
export class SecretFileExposed extends Error {
  constructor(file: string) {
    super(`${file} can be read by others; run: chmod 600 ${file}`);
    this.name = 'SecretFileExposed';
  }
}

/**
 * Reads a secret from `file`; when there is none, makes it (mode 0600, its folder 0700).
 *
 * Written beside and then linked, so that a crash leaves no half a secret and two processes that start
 * at once agree on one.
 *
 * @throws SecretFileExposed when others may read it.
 */
export function secretFile(file: string, generate: () => string): string {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  return readSecret(file) ?? create(file, generate());
}

function readSecret(file: string): string | undefined {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if ((stats.mode & 0o077) !== 0) throw new SecretFileExposed(file);
  return readFileSync(file, 'utf8').trim();
}

function create(file: string, secret: string): string {
  // Not the process id: in containers that share a volume, every process is number 1.
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, `${secret}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(draft, file);
    return secret;
  } catch (error) {
    const theirs = readSecret(file);
    if (theirs === undefined) throw error;
    return theirs;
  } finally {
    rmSync(draft);
  }
}
