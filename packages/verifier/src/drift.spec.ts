import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { EncryptionKey } from '../../../src/tokens/encryption-key.js';
import { encryptToken } from '../../../src/tokens/encrypt.js';
import { readClaims as readByIssuer } from '../../../src/tokens/claims.js';
import { claimsOf as mint } from '../../../src/tokens/mint.js';
import { loadSettings } from '../../../src/config/settings.js';
import { readClaims } from './claims.js';
import { Decrypter, KEY_ENCRYPTION } from './decrypter.js';
import type { DecryptionKey } from './decrypter.js';

// The verifier imports nothing of the server, so its rules about claims are written twice.

const settings = loadSettings({ ISSUER_URL: 'https://id.example.com' });
const GRANT = {
  subject: '4b8f2c6e-3c1d-4a53-9d52-6a1b7f0e8c11',
  sessionId: '0d7c5b1a-6f7e-4c2b-8a90-1e2f3a4b5c6d',
  roles: ['editor'],
  scope: ['read'],
  tokenVersion: 1,
  statusIndex: 131_075,
  asOf: 1_800_000_000_000,
};
const authentication = { time: 1_800_000_000_000, amr: ['pwd'] };
const minted = {
  'of a person': mint({ ...GRANT, clientId: 'signet', authentication }, settings),
  'of a service': mint({ ...GRANT, clientId: GRANT.subject }, settings),
  'of a service that acts for a person': mint(
    {
      ...GRANT,
      clientId: 'service',
      authentication,
      audience: 'https://billing.example.com',
      actor: { sub: 'service', sid: 'credential', ver: 1 },
      userClaims: { department: 'billing' },
    },
    settings,
  ),
};

/** Values of every JSON type, at the edges of what is allowed. */
const VALUES = [
  undefined,
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  Number.MAX_SAFE_INTEGER,
  '',
  'x',
  '1',
  'x'.repeat(64),
  'x'.repeat(65),
  [],
  ['x'],
  [''],
  [1],
  {},
  { sub: 'x', sid: 'x', ver: 1 },
  { sub: 'x', sid: 'x' },
  { status_list: { idx: 1, uri: 'x' } },
  { status_list: { idx: -1, uri: 'x' } },
  { status_list: { idx: 1, uri: '' } },
  { status_list: [] },
];

describe('the claims that the issuer mints', () => {
  it.each(Object.entries(minted))('%s are read', (_, claims) => {
    expect(readClaims(claims)).toBe(claims);
  });

  it.each(Object.entries(minted))('%s are held to the rules of the issuer', (_, claims) => {
    let refused = 0;
    for (const name of [
      ...Object.keys(claims),
      'nbf',
      'act',
      'status',
      'user_claims',
      'auth_time',
    ]) {
      for (const value of VALUES) {
        const changed = { ...claims, [name]: value };
        const fine = readByIssuer(changed) !== undefined;
        expect({ name, value, fine: readClaims(changed) !== undefined }).toEqual({
          name,
          value,
          fine,
        });
        if (!fine) refused++;
      }
    }
    expect(refused).toBeGreaterThan(200);
  });

  it('are a JSON object', () => {
    for (const payload of [undefined, null, 'x', 7, [], [minted['of a person']]]) {
      expect(readClaims(payload)).toBeUndefined();
    }
  });
});

describe('what the issuer encrypts for a resource', () => {
  it.each(KEY_ENCRYPTION)('is opened: %s', async (alg) => {
    const pair = alg.startsWith('RSA')
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const named = { alg, kid: 'resource' };
    const registered = { ...pair.publicKey.export({ format: 'jwk' }), ...named };
    const kept = { ...pair.privateKey.export({ format: 'jwk' }), ...named };
    const nested = await encryptToken('a.b.c', registered as unknown as EncryptionKey); // as one registers it
    expect(await new Decrypter([kept as DecryptionKey]).open(nested)).toBe('a.b.c');
  });
});
