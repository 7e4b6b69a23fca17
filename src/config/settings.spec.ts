import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BadConfiguration } from '../platform/settings/read-settings.js';
import { loadSettings } from './settings.js';

const KEY = 'mV1nbFq0pXz7s5ZcGd2hTj9uYkRw3aLe8oBxQ4iCfDE='; // 32 bytes, made up
const PRODUCTION = {
  NODE_ENV: 'production',
  ISSUER_URL: 'https://id.example.com',
  KEY_ENCRYPTION_KEY: KEY,
  DATABASE_URL: 'mariadb://signet:pw@db.example.com/signet',
};

type Env = Readonly<Record<string, string | undefined>>;

/** What is wrong with the environment; empty when nothing is. */
function problemsOf(env: Env): readonly string[] {
  try {
    loadSettings(env);
    return [];
  } catch (error) {
    if (error instanceof BadConfiguration) return error.problems;
    throw error;
  }
}

describe('settings with nothing set', () => {
  it('are enough to start on SQLite, on this machine only', () => {
    expect(loadSettings({})).toMatchObject({
      production: false,
      host: '127.0.0.1',
      issuer: 'http://127.0.0.1:3000',
      database: { type: 'sqlite', file: 'data/signet.db' },
      accessTokenTtl: 600_000,
      refreshGrace: 20_000,
      revocationMaxStaleness: 2000,
      revocationFailOpen: false,
      trustProxy: undefined,
      corsOrigins: [],
      swagger: true,
    });
  });

  it('take an empty variable for one that is not set', () => {
    expect(loadSettings({ PORT: '', ISSUER_URL: '', SETUP_TOKEN: '' })).toEqual(loadSettings({}));
  });

  it.each(['redis://cache', 'rediss://signet:p%40ss@[::1]:6380/2', 'redis://:pw@cache:1/'])(
    'take a Redis: %s',
    (url) => {
      expect(loadSettings({ REDIS_URL: url }).redisUrl).toBe(url);
    },
  );

  it('cannot be changed afterwards', () => {
    const settings = loadSettings({});
    expect(() => Object.assign(settings, { clockLeeway: 1e9 })).toThrow(TypeError);
  });

  it('put an IPv6 host into brackets in the issuer', () => {
    expect(loadSettings({ HOST: '::1', PORT: '80' }).issuer).toBe('http://[::1]:80');
  });
});

describe('wrong settings', () => {
  it.each([
    'redis://',
    'http://canary.example.com',
    'redis://:canary@cache/signet',
    'redis://cache?canary=1',
    'redis://:canary%@cache',
    'redis ://:canary@cache',
  ])('are refused for a Redis: %s', (url) => {
    const problems = problemsOf({ REDIS_URL: url });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^REDIS_URL must|^REDIS_URL takes/);
    expect(problems[0]).not.toContain('canary');
  });

  it('are told all at once, by name and without a value', () => {
    const problems = problemsOf({
      NODE_ENV: 'production',
      PORT: '70000',
      ISSUER_URL: 'canary-issuer',
      DATABASE_URL: 'bogus://canary:canary@canary/canary',
      KEY_ENCRYPTION_KEY: 'canary',
      SETUP_TOKEN: 'canary',
      ACCESS_TOKEN_TTL: '10 canaries',
      SWAGGER: 'canary',
    });
    expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual([
      'ACCESS_TOKEN_TTL',
      'DATABASE_URL',
      'ISSUER_URL',
      'KEY_ENCRYPTION_KEY',
      'PORT',
      'SETUP_TOKEN',
      'SWAGGER',
    ]);
    expect(new BadConfiguration(problems).message).not.toContain('canary');
  });

  it.each<[string, Env]>([
    ['a lifetime above its own cap', { ACCESS_TOKEN_TTL: '2h', ACCESS_TOKEN_MAX_TTL: '1h' }],
    ['an idle end past the absolute one', { REFRESH_TOKEN_IDLE_TTL: '91d' }],
    ['polling too rarely to keep the bound', { REVOCATION_POLL_INTERVAL: '1001ms' }],
    ['two databases', { DATABASE_URL: 'sqlite:a.db', DATABASE_TYPE: 'mariadb' }],
    ['a grace in which a thief goes unnoticed', { REFRESH_GRACE: '31s' }],
    ['a leeway above a minute', { CLOCK_LEEWAY: '61s' }],
    ['a cheap password hash', { ARGON2_MEMORY: '19455' }],
    ['a duration without a unit', { ACCESS_TOKEN_TTL: '600' }],
    ['a number with an exponent', { PORT: '3e3' }],
    ['a switch that is neither on nor off', { REVOCATION_FAIL_OPEN: 'true' }],
  ])('include %s', (_, env) => {
    expect(problemsOf(env)).toHaveLength(1);
  });

  it.each<[string, Env]>([
    ['a lifetime at its cap', { ACCESS_TOKEN_TTL: '1h', ACCESS_TOKEN_MAX_TTL: '1h' }],
    ['polling twice within the bound', { REVOCATION_POLL_INTERVAL: '1s' }],
    ['no grace at all', { REFRESH_GRACE: '0s' }],
  ])('do not include %s', (_, env) => {
    expect(problemsOf(env)).toEqual([]);
  });
});

describe('production', () => {
  it('wants the database, the issuer and the key-encryption key spelled out', () => {
    const { NODE_ENV } = PRODUCTION;
    const [issuer, key] = problemsOf({ NODE_ENV });
    expect(issuer).toMatch(/^ISSUER_URL must be set in production/);
    expect(key).toMatch(/^KEY_ENCRYPTION_KEY must be set in production/);
    const { DATABASE_URL: _, ...withoutDatabase } = PRODUCTION;
    expect(problemsOf(withoutDatabase)).toEqual([
      expect.stringMatching(/^DATABASE_URL must be set in production/),
    ]);
    expect(problemsOf({ ...withoutDatabase, DATABASE_TYPE: 'mariadb' })).toEqual([]);
  });

  it('shows no Swagger UI unless it is asked for', () => {
    expect(loadSettings(PRODUCTION).swagger).toBe(false);
    expect(loadSettings({ ...PRODUCTION, SWAGGER: 'on' }).swagger).toBe(true);
  });
});

describe('a secret in a file', () => {
  let folder: string;
  let file: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'signet-settings-'));
    file = join(folder, 'secret');
    writeFileSync(file, `${KEY}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is read through X_FILE, without the line break at its end', () => {
    const settings = loadSettings({ KEY_ENCRYPTION_KEY_FILE: file });
    expect(settings.keyEncryptionKey).toEqual(Buffer.from(KEY, 'base64'));
    expect(
      loadSettings({ DATABASE_TYPE: 'mysql', DATABASE_PASSWORD_FILE: file }).database,
    ).toMatchObject({ password: KEY });
  });

  it('is not taken when X is set, too', () => {
    expect(problemsOf({ KEY_ENCRYPTION_KEY: KEY, KEY_ENCRYPTION_KEY_FILE: file })).toEqual([
      'KEY_ENCRYPTION_KEY and KEY_ENCRYPTION_KEY_FILE are both set; keep one',
    ]);
  });

  it('stops the start when it cannot be read', () => {
    expect(problemsOf({ SETUP_TOKEN_FILE: join(folder, 'none') })).toEqual([
      'SETUP_TOKEN cannot be read from the file that SETUP_TOKEN_FILE names',
    ]);
  });
});

describe('the key-encryption key', () => {
  it('is taken in base64, base64url and hex', () => {
    const bytes = Buffer.from(KEY, 'base64');
    for (const encoding of ['base64', 'base64url', 'hex'] as const) {
      const { keyEncryptionKey } = loadSettings({ KEY_ENCRYPTION_KEY: bytes.toString(encoding) });
      expect(keyEncryptionKey).toEqual(bytes);
    }
  });

  it.each([
    ['31 bytes', Buffer.from(KEY, 'base64').subarray(1).toString('base64')],
    ['33 bytes', Buffer.concat([Buffer.from(KEY, 'base64'), Buffer.of(1)]).toString('base64')],
    ['zeros', Buffer.alloc(32).toString('base64')],
    ['ten different bytes', Buffer.from('0123456789'.repeat(4)).subarray(0, 32).toString('hex')],
    ['a phrase in base64', Buffer.from('this-is-my-Secret-key-for-tests!').toString('base64')],
    ['a phrase as it is', 'thisIsMyVerySecretKeyEncryptionKeyThatIsLong'.slice(0, 43)],
    ['a phrase in hex', Buffer.from('please ChangeMe before you ship!').toString('hex')],
  ])('is not %s, and is not repeated in the message', (_, weak) => {
    const [problem = '', ...others] = problemsOf({ KEY_ENCRYPTION_KEY: weak });
    expect(others).toEqual([]);
    expect(problem).toContain('openssl rand');
    expect(problem).not.toContain(weak);
  });
});

describe('the set-up token', () => {
  it.each([
    ['short', 'k3Jx9-Qw7Lm2-Zt5Vb8'],
    ['of few different characters', 'ababababababababababababab'],
    ['one that stands in examples', 'please-change-me-before-setup'],
    ['a placeholder', 'my-super-secret-setup-token-0'],
    ['longer than a request may send it', 'k3Jx9Qw7Lm2Zt5Vb8'.repeat(16)],
  ])('is not %s, and is not repeated in the message', (_, weak) => {
    for (const name of ['SETUP_TOKEN', 'METRICS_TOKEN']) {
      const [problem = '', ...others] = problemsOf({ [name]: weak });
      expect(others).toEqual([]);
      expect(problem).toContain('openssl rand');
      expect(problem).not.toContain(weak);
    }
  });

  it('may be what the documentation says to make', () => {
    expect(problemsOf({ SETUP_TOKEN: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c' })).toEqual(
      [],
    );
  });
});

describe('TRUST_PROXY', () => {
  it.each<[string, number | readonly string[]]>([
    ['1', 1],
    ['10.0.0.0/8, fd00::/8, 192.0.2.1', ['10.0.0.0/8', 'fd00::/8', '192.0.2.1']],
  ])('may be %s', (text, value) => {
    expect(loadSettings({ TRUST_PROXY: text }).trustProxy).toEqual(value);
  });

  it.each([
    'true',
    '0',
    '10',
    '*',
    'loopback',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.1,',
    '10/8',
    '1.2.3.4/8/8',
  ])('is never %s', (text) => {
    expect(problemsOf({ TRUST_PROXY: text })).toHaveLength(1);
  });

  it.each(['0.0.0.0/0', '::/0', '10.0.0.1, 0.0.0.0/00'])(
    'is never everybody, not even as the network %s',
    (text) => {
      expect(problemsOf({ TRUST_PROXY: text })).toHaveLength(1);
    },
  );
});

describe('ISSUER_URL', () => {
  it.each(['https://id.example.com', 'http://127.0.0.1:3000', 'https://example.com/signet'])(
    'may be %s',
    (url) => {
      expect(loadSettings({ ISSUER_URL: url }).issuer).toBe(url);
    },
  );

  it.each([
    'https://id.example.com/',
    'https://id.example.com?a=1',
    'https://id.example.com?',
    'https://id.example.com#',
    'https://user@id.example.com',
    'https://:canary@id.example.com',
    ' https://id.example.com',
    'https://id.example.com\n',
    'javascript:alert(1)',
    'id.example.com',
  ])('is compared as it is written, so it is not %j', (url) => {
    expect(problemsOf({ ISSUER_URL: url })).toHaveLength(1);
  });
});

describe('CORS_ORIGINS', () => {
  it('is a list of whole origins', () => {
    expect(
      loadSettings({ CORS_ORIGINS: 'https://a.example.com, http://localhost:8080' }).corsOrigins,
    ).toEqual(['https://a.example.com', 'http://localhost:8080']);
  });

  it.each([
    '*',
    'null',
    'https://*.example.com/',
    'https://a.example.com/',
    'a.example.com',
    'https://a.example.com,',
    'file:///x',
  ])('is never %s', (text) => {
    expect(problemsOf({ CORS_ORIGINS: text })).toHaveLength(1);
  });
});
