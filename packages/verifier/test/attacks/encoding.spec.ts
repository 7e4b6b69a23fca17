import { CompactEncrypt, compactDecrypt } from 'jose';
import { describe, expect, it } from '@jest/globals';
import { compact, encode, signed } from '../support/tokens.js';
import type { WeakVerifier } from '../support/weak-verifiers.js';
import {
  HEADER,
  PASSWORD,
  attacks,
  believing,
  claims,
  key,
  resourcePair,
  sign,
  useLab,
  world,
} from './lab.js';

useLab();

attacks('TOK-16 what is no compact JWS', believing, [
  [
    'JSON serialization',
    'malformed',
    () => {
      const [header, payload, signature] = compact(HEADER, claims(), sign).split('.');
      return JSON.stringify({ protected: header, payload, signature });
    },
  ],
  [
    'claims that are encrypted and not signed',
    'encryption_not_allowed',
    () => bomb(2048, JSON.stringify(claims())),
  ],
  [
    'a signed token in password-based encryption',
    'encryption_not_allowed',
    () => bomb(2048, signed(key, claims())),
  ],
  [
    'a hundred times the work',
    'encryption_not_allowed',
    () => bomb(200_000, signed(key, claims())),
  ],
]);

attacks('TOK-16 encryption that does as it likes', decrypting, [
  ['compression', 'encryption_not_allowed', () => nested(good(), { zip: 'DEF' })],
  ['a key to be fetched', 'encryption_not_allowed', () => nested(good(), { jku: 'https://x' })],
  ['another key wrap', 'encryption_not_allowed', () => nested(good(), { alg: 'RSA-OAEP-512' })],
  ['another cipher', 'encryption_not_allowed', () => nested(good(), { enc: 'A128CBC-HS256' })],
  ['another content', 'encryption_not_allowed', () => nested(good(), { cty: 'text' })],
  ['claims that are not signed', 'malformed', () => nested(JSON.stringify(claims()))],
  ['twice', 'malformed', async () => nested(await nested(good()))],
]);

describe('TOK-16 encryption that costs the receiver', () => {
  it.each([
    ['work without end', { alg: 'PBES2-HS512+A256KW', p2s: 'c2FsdHNhbHQ', p2c: 2 ** 31 - 1 }],
    ['that work under an accepted algorithm', { p2c: 2 ** 31 - 1 }],
    ['RSA with the padding oracle', { alg: 'RSA1_5' }],
    ['a shared key', { alg: 'dir' }],
    ['crit', { crit: ['x'], x: 1 }],
  ])('%s is refused before any of it is done', async (_, header) => {
    const long = encode('x'.repeat(256));
    const parts = [encode({ ...NESTED, ...header }), long, encode('x'.repeat(12)), long];
    const token = [...parts, encode('x'.repeat(16))].join('.');
    const began = performance.now();
    expect(await world().refusal(token)).toBe('encryption_not_allowed');
    expect(await world().refusal(token, {}, world().verifierWith({}))).toBe('encrypted');
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it('costs whoever believes the header: a thousand times the number is hundreds of times the work', async () => {
    const timeOf = async (count: number) => {
      const token = await bomb(count, signed(key, claims()));
      const began = performance.now();
      expect(await believing()(token)).toBe(true);
      return performance.now() - began;
    };
    await timeOf(1000);
    const [little, much] = [await timeOf(1000), await timeOf(1_000_000)];
    expect(much).toBeGreaterThan(20 * little);
  });
});

describe('TOK-17 size', () => {
  it.each([9000, 16_384, 65_536, 1_048_576])(
    '%d characters are refused at a glance',
    async (size) => {
      const token = signed(key, claims({ user_claims: { pad: 'x'.repeat(size) } }));
      const many = '.'.repeat(size);
      const began = performance.now();
      expect(await world().refusal(token)).toBe('token_too_large');
      expect(await world().refusal(many)).toBe('token_too_large');
      expect(performance.now() - began).toBeLessThan(1000);
      expect(await believing()(token)).toBe(true);
    },
  );
});

attacks('TOK-18 another spelling of the same bytes', believing, [
  ['padding', 'malformed', () => `${compact(HEADER, claims(), sign)}==`],
  ['stray last bits', 'malformed', () => strayBits(compact(HEADER, claims(), sign))],
  ['white space', 'malformed', () => `${compact(HEADER, claims(), sign)}\n`],
  ['white space before', 'malformed', () => ` ${compact(HEADER, claims(), sign)}`],
  ['another character', 'malformed', () => `${compact(HEADER, claims(), sign)}!`],
  ['the other alphabet', 'malformed', () => otherAlphabet()],
  [
    'padding that is signed',
    'malformed',
    () => signedAsItStands(`${encode(HEADER)}=`, encode(claims())),
  ],
]);

const NESTED = { alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT', kid: 'resource' };
const good = () => signed(key, claims());

/** Encrypted for the resource as the issuer does it, but for some members of the header. */
function nested(content: string, header: object = {}): Promise<string> {
  return new CompactEncrypt(Buffer.from(content))
    .setProtectedHeader({ ...NESTED, ...header })
    .encrypt(resourcePair.publicKey);
}

/** Decrypts whatever it can, and then believes what was inside: nobody else could have encrypted it. */
function decrypting(): WeakVerifier {
  const open = async (token: string): Promise<boolean> => {
    if (token.startsWith('{')) return true;
    if (token.split('.').length < 5) return believing()(token);
    const { plaintext } = await compactDecrypt(token, resourcePair.privateKey);
    return open(Buffer.from(plaintext).toString());
  };
  return open;
}

/** The last character of 256 bytes carries four bits that mean nothing. */
function strayBits(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return `${token.slice(0, -1)}${alphabet[alphabet.indexOf(token.slice(-1)) + 1]}`;
}

/** A token whose signature has a character that the other alphabet spells `+` or `/`, spelled so. */
function otherAlphabet(): string {
  for (let i = 0; ; i++) {
    const [header, payload, signature = ''] = signed(key, claims({ jti: `${i}` })).split('.');
    const other = signature.replaceAll('-', '+').replaceAll('_', '/');
    if (other !== signature) return `${header}.${payload}.${other}`;
  }
}

function signedAsItStands(header: string, payload: string): string {
  return `${header}.${payload}.${sign(`${header}.${payload}`).toString('base64url')}`;
}

/** Encrypted with a password, and as much work to open as the sender likes. */
function bomb(count: number, content: string): Promise<string> {
  return new CompactEncrypt(Buffer.from(content))
    .setProtectedHeader({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', cty: 'JWT' })
    .setKeyManagementParameters({ p2c: count })
    .encrypt(Buffer.from(PASSWORD));
}
