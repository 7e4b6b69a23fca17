import { beforeEach, describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../config/settings.js';
import { createLogger } from '../../platform/logger.js';
import { Metrics } from '../../platform/metrics.js';
import { HashQueue } from './hash-queue.js';
import { PasswordHasher } from './password-hasher.js';

const PASSWORD = '  Ünï quokka and \u{1f98a}  ';

describe('the password hasher', () => {
  let lines: string[];
  let hasher: PasswordHasher;

  const make = (env: Readonly<Record<string, string>> = {}) => {
    const settings = loadSettings(env);
    const log = createLogger('info', { write: (line) => void lines.push(line) });
    return new PasswordHasher(new HashQueue(settings, new Metrics()), settings, log);
  };
  beforeEach(() => {
    lines = [];
    hasher = make();
  });

  it('makes argon2id hashes of the configured cost, each with a salt of its own', async () => {
    const [one, other] = await Promise.all([hasher.hash(PASSWORD), hasher.hash(PASSWORD)]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(other);
    expect(one.length).toBeLessThanOrEqual(255);
  });

  it('uses the whole password, as it is', async () => {
    const hash = await hasher.hash(PASSWORD);
    expect(await hasher.verify(hash, PASSWORD)).toBe(true);
    expect(await hasher.verify(hash, PASSWORD.trim())).toBe(false);
    expect(await hasher.verify(hash, PASSWORD.toLowerCase())).toBe(false);
    const long = await hasher.hash(`${'a'.repeat(99)}b`);
    expect(await hasher.verify(long, `${'a'.repeat(99)}c`)).toBe(false);
  });

  it('takes the same password in every Unicode form', async () => {
    const hash = await hasher.hash('crème brûlée'.normalize('NFD'));
    expect(await hasher.verify(hash, 'crème brûlée'.normalize('NFC'))).toBe(true);
  });

  it('reads parameters by name, whatever their order', async () => {
    const hash = await hasher.hash(PASSWORD);
    const reordered = hash.replace('m=19456,t=2,p=1', 't=2,m=19456,p=1');
    expect(await hasher.verify(reordered, PASSWORD)).toBe(true);
    expect(hasher.needsRehash(reordered)).toBe(false);
  });

  it.each([
    ['memory', 'm=4194304,t=2,p=1'],
    ['passes', 'm=19456,t=4000000,p=1'],
    ['lanes', 'm=19456,t=2,p=200'],
  ])('does not do the work of a row that asks for too much: %s', async (_, parameters) => {
    const hash = await hasher.hash(PASSWORD);
    const started = performance.now();
    expect(await hasher.verify(hash.replace('m=19456,t=2,p=1', parameters), PASSWORD)).toBe(false);
    expect(performance.now() - started).toBeLessThan(2000);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('"level":50');
    expect(lines[0]).not.toContain('argon2id$');
  });

  it.each([
    '',
    'nonsense',
    '$2b$12$abcdefghijklmnopqrstuv',
    '$argon2id$v=19$m=19456,t=2,p=1$YQ$YQ',
  ])('matches nothing with %j, and says so in the log', async (hash) => {
    expect(await hasher.verify(hash, PASSWORD)).toBe(false);
    expect(hasher.needsRehash(hash)).toBe(true);
    expect(lines).toHaveLength(1);
  });

  it('still verifies hashes of another cost, and wants them made anew', async () => {
    const dear = make({ ARGON2_MEMORY: '131072' });
    const hash = await dear.hash(PASSWORD);
    expect(await hasher.verify(hash, PASSWORD)).toBe(true);
    expect(hasher.needsRehash(hash)).toBe(true);
    expect(dear.needsRehash(hash)).toBe(false);
    expect(dear.needsRehash(await hasher.hash(PASSWORD))).toBe(true);
  });

  it('does the work for nobody, too', async () => {
    expect(await hasher.verifyDummy(PASSWORD)).toBe(false);
    expect(await hasher.verifyDummy('')).toBe(false);
  });
});
