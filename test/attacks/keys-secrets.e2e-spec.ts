import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../src/config/settings.js';
import { keyEncryptionKey } from '../../src/keys/key-encryption-key.js';
import { KeyRing } from '../../src/keys/key-ring.js';
import { startTestApp } from '../support/app.js';
import type { TestApp, TestUser } from '../support/app.js';
import { newPerson } from '../support/people.js';
import { temporaryFolder } from '../support/process.js';

let app: TestApp;
let admin: TestUser;
let folder: ReturnType<typeof temporaryFolder>;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.admin();
  folder = temporaryFolder();
});
afterAll(async () => {
  folder.remove();
  await app.close();
});

/** Everything in the database, as text; bytes in hex. */
async function dump(): Promise<string> {
  const rows: unknown[] = [];
  for (const { tableName } of app.database.dataSource.entityMetadatas)
    rows.push(await app.database.select(`SELECT * FROM ${tableName}`));
  return JSON.stringify(rows, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  );
}

/** The names of the secrets that stand in a text, in whatever spelling. */
function foundIn(text: string, secrets: Readonly<Record<string, string | Buffer>>) {
  const spellings = (secret: string | Buffer) => {
    const bytes = Buffer.from(secret);
    // Not its first bytes: what stands before it in the same base64 shifts all that follows.
    return [
      ...(typeof secret === 'string' ? [secret] : []),
      ...(['hex', 'base64url', 'base64'] as const).map((encoding) => bytes.toString(encoding)),
    ];
  };
  const isFound = (secret: string | Buffer) => spellings(secret).some((one) => text.includes(one));
  return Object.keys(secrets).filter((name) => isFound(secrets[name] ?? ''));
}

describe('KEY-07 private keys at rest', () => {
  /** The private number in bytes, and the whole key in the forms that keys are kept in. */
  function formsOf({ privateKey }: Pick<KeyRing['active'], 'privateKey'>) {
    const { d = '' } = privateKey.export({ format: 'jwk' });
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    return {
      d: Buffer.from(d, 'base64url'),
      der: privateKey.export({ format: 'der', type: 'pkcs8' }),
      pem: JSON.stringify(pem).slice(1, -1),
    };
  }

  it('are encrypted: nothing in the database is one', async () => {
    const text = await dump();
    expect(text).toContain(app.nest.get(KeyRing).active.kid); // all of it was read
    expect(foundIn(text, formsOf(app.nest.get(KeyRing).active))).toEqual([]);
    expect(text).not.toContain('PRIVATE KEY');
  });

  it('that are stored as they are, in whatever form, are found', async () => {
    const { active } = app.nest.get(KeyRing);
    const { d, der, pem } = formsOf(active);
    const jwk = JSON.stringify(active.privateKey.export({ format: 'jwk' }));
    for (const [row, name] of [
      [jwk, 'd'],
      [d.toString('hex'), 'd'],
      [der.toString('base64'), 'der'],
      [pem, 'pem'],
    ] as const)
      expect(foundIn((await dump()) + row, formsOf(active))).toContain(name);
  });

  /** Whether a start with a key file of that mode is let through, and what it says if not. */
  const startWith = (read: (file: string) => Buffer, mode: number) => {
    const file = join(folder.path, 'key-encryption-key');
    const secret = randomBytes(32).toString('base64');
    writeFileSync(file, secret);
    chmodSync(file, mode);
    try {
      read(file);
      return 'started';
    } catch (error) {
      const { message } = error as Error;
      expect(message).toContain(file);
      expect(message).not.toContain(secret);
      return 'refused';
    }
  };
  const signets = () => keyEncryptionKey(loadSettings({ DATA_DIR: folder.path }));

  it.each([0o644, 0o640, 0o604, 0o660, 0o666, 0o755])(
    'in a file of mode %o stop the start',
    (mode) => {
      expect(startWith(signets, mode)).toBe('refused');
      expect(startWith((file) => Buffer.from(readFileSync(file, 'utf8'), 'base64'), mode)).toBe(
        'started', // by whoever reads a file without a look at it
      );
    },
  );

  it('in a file of its owner do not', () => {
    expect(startWith(signets, 0o600)).toBe('started');
  });

  it('in such a file stop the whole application', async () => {
    const data = join(folder.path, 'data');
    mkdirSync(data, { mode: 0o700 });
    writeFileSync(join(data, 'key-encryption-key'), randomBytes(32).toString('base64'));
    chmodSync(join(data, 'key-encryption-key'), 0o644);
    await expect(startTestApp({ settings: { DATA_DIR: data } })).rejects.toThrow(/chmod 600/);
  });
});

describe('KEY-08 secrets that are weak', () => {
  const WEAK = [
    'secretKey',
    'changeme',
    'x'.repeat(31),
    randomBytes(31).toString('base64'),
    randomBytes(16).toString('hex'),
    Buffer.alloc(32).toString('base64'),
    Buffer.from('this-is-my-Secret-key-for-tests!').toString('base64'),
    'thisIsMyVerySecretKeyEncryptionKeyThatIsLong'.slice(0, 43),
    '0'.repeat(64),
  ];
  const WEAK_TOKENS = [
    'secretKey',
    'changeme',
    'x'.repeat(31),
    randomBytes(9).toString('hex'),
    'my-super-secret-setup-token-0',
    'abcabcabcabcabcabcabcabcabcabc',
  ];
  /** Those that a reader of settings takes. */
  const taken = (weak: readonly string[], read: (secret: string) => unknown) =>
    weak.filter((secret) => {
      try {
        read(secret);
        return true;
      } catch (error) {
        expect(String(error)).not.toContain(secret);
        return false;
      }
    });
  const PRODUCTION = {
    NODE_ENV: 'production',
    ISSUER_URL: 'https://id.example.com',
    DATABASE_URL: 'mariadb://signet:pw@db.example.com/signet',
  };

  it.each([
    ['KEY_ENCRYPTION_KEY', WEAK],
    ['KEY_ENCRYPTION_KEYS_OTHER', WEAK],
    ['SETUP_TOKEN', WEAK_TOKENS],
  ])('in %s stop the start in every mode', (name, weak) => {
    for (const mode of [{}, { NODE_ENV: 'test' }, PRODUCTION]) {
      const settings = { KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'), ...mode };
      const start = (secret: string) => loadSettings({ ...settings, [name]: secret });
      start(randomBytes(32).toString('base64'));
      expect(taken(weak, start)).toEqual([]);
    }
  });

  it('are taken by whoever takes any text', () => {
    const all = [...WEAK, ...WEAK_TOKENS];
    expect(taken(all, (secret) => Buffer.from(secret))).toEqual(all);
  });

  it('are never made up where a restart or another replica would lose them', () => {
    expect(() => loadSettings(PRODUCTION)).toThrow(/KEY_ENCRYPTION_KEY must be set in production/);
    const settings = loadSettings({ DATA_DIR: join(folder.path, 'kept') });
    const survives = (start: () => Buffer) => start().equals(start());
    expect(survives(() => keyEncryptionKey(settings))).toBe(true);
    expect(survives(() => randomBytes(32))).toBe(false); // in memory
  });
});

describe('KEY-11 secrets that were given out', () => {
  const secretOf = async () => {
    const body = { name: `keeper-${randomBytes(4).toString('hex')}`, roles: [] };
    const { token } = admin;
    const account = await app.api('POST', '/v1/service-accounts', { token, body });
    const { id } = account.body as { id: string };
    const path = `/v1/service-accounts/${id}/credentials`;
    const answer = await app.api('POST', path, { token, body: { type: 'secret' } });
    return (answer.body as { secret: string }).secret;
  };

  it('are not in the database: no code, no token and no password can be read there', async () => {
    const user = await app.createUser();
    const secret = await secretOf();
    const [, , mac = ''] = user.refreshToken.split('.');
    const secrets = {
      'set-up token': app.setupToken,
      password: user.password,
      'access token': user.token,
      'refresh token': user.refreshToken,
      'what makes a refresh token good': Buffer.from(mac, 'base64url'),
      'client secret': secret,
      'what makes it random': Buffer.from(secret.slice(4), 'base64url'),
    };
    const text = await dump();
    expect(foundIn(text, secrets)).toEqual([]);
    expect(foundIn(text + Object.values(secrets).join(), secrets)).toHaveLength(7);
    // 128 bits at the least.
    expect(Buffer.from(mac, 'base64url').length).toBeGreaterThanOrEqual(16);
    expect(Buffer.from(secret.slice(4), 'base64url').length).toBeGreaterThanOrEqual(16);
  });

  it('for one use are good for one', async () => {
    const uses = async (use: () => Promise<boolean>) => {
      const outcomes = [await use(), await use(), await use()];
      return outcomes.filter((isDone) => isDone).length;
    };
    const fresh = await startTestApp();
    try {
      const setUp = async () => {
        const body = { ...newPerson(), setupToken: fresh.setupToken };
        return (await fresh.api('POST', '/v1/setup', { body })).status === 201;
      };
      expect(await uses(setUp)).toBe(1);
    } finally {
      await fresh.close();
    }
    const codes = new Set(['code']);
    expect(await uses(() => Promise.resolve(codes.has('code')))).toBe(3); // looked up, and left there
  });

  it('are made by the generator of the system, nowhere by another one', () => {
    const GUESSABLE = /Math\.random|pseudoRandomBytes|Date\.now\(\)\.toString|process\.hrtime/;
    const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) =>
      /(?<!\.spec)\.ts$/.test(file),
    );
    expect(sources.length).toBeGreaterThan(100);
    const found = sources.filter((file) => GUESSABLE.test(readFileSync(join('src', file), 'utf8')));
    // How long to wait: for a lock, and for Redis.
    expect(found.sort()).toEqual([
      join('platform', 'database', 'database.ts'),
      join('revocation', 'bus', 'bus-connection.ts'),
    ]);
    expect('const token = Math.random().toString(36).slice(2);').toMatch(GUESSABLE);
  });
});
