import { randomUUID } from 'node:crypto';
import { CompactEncrypt } from 'jose';
import type { CompactJWEHeaderParameters } from 'jose';
import { describe, expect, it } from '@jest/globals';
import type { WeakVerifier } from '../../packages/verifier/test/support/weak-verifiers.js';
import {
  ME,
  PASSWORD,
  SLOW_MS,
  admin,
  app,
  attacks,
  believing,
  common,
  decodingOnly,
  expectAttack,
  expectRefusal,
  forge,
  now,
  signed,
  statusOf,
  useArena,
} from './arena.js';
import { Forge, claimsOf, compact, ecdsa, encode, reencodings } from './forge.js';
import { decrypting, failingOpen } from './weak-verifiers.js';

useArena();

const parts = () => forge().good.split('.') as [string, string, string]; // it is compact

attacks('TOK-16 what is no compact JWS', believing, [
  ['padding', () => `${forge().good}=`],
  [
    'padding that is signed',
    () => {
      const input = `${encode(forge().header)}=.${encode(forge().claims)}`;
      return `${input}.${ecdsa(forge().key.privateKey)(input).toString('base64url')}`;
    },
  ],
  ['a dot after it', () => `${forge().good}.`],
  ['a fourth part', () => `${forge().good}.${parts()[2]}`],
  ['two tokens', () => `${forge().good}.${forge().good}`],
  ['the other alphabet', () => otherAlphabet()],
  ['a letter that is none', () => `${forge().good}!`],
  ['a letter of the other alphabet', () => `${forge().good}/`, decodingOnly],
  [
    'JSON, flattened',
    () => {
      const [header, payload, signature] = parts();
      return JSON.stringify({ protected: header, payload, signature });
    },
  ],
  [
    'JSON, general',
    () => {
      const [header, payload, signature] = parts();
      return JSON.stringify({ payload, signatures: [{ protected: header, signature }] });
    },
  ],
  [
    'no signature',
    () => {
      const [header, payload] = parts();
      return [`${header}.${payload}`, `${header}.${payload}.`];
    },
    decodingOnly,
  ],
  ['no header', () => `.${parts()[1]}.${parts()[2]}`, decodingOnly],
  [
    'what throws in a parser',
    () => [`${parts()[0]}..${parts()[2]}`, '..', 'x', '...', '{', '%00'],
    () => failingOpen(decodingOnly()),
  ],
  ['a token in base64', () => encode(forge().good), () => unwrapping],
]);

/** Decodes once more when it must, since some cookies are encoded. */
const unwrapping: WeakVerifier = (token) =>
  believing()(token.includes('.') ? token : Buffer.from(token, 'base64url').toString());

/** A token whose signature has a character that the other alphabet spells `+` or `/`, spelled so. */
function otherAlphabet(): string {
  for (let i = 0; ; i++) {
    const token = forge().signed({ jti: `${i}` });
    const at = token.lastIndexOf('.');
    const signature = token.slice(at).replaceAll('-', '+').replaceAll('_', '/');
    if (signature !== token.slice(at)) return token.slice(0, at) + signature;
  }
}

attacks('TOK-16 encryption where none is expected', () => decrypting(forge().foreign.privateKey), [
  ['for a key of the receiver', () => encrypted({ alg: 'ECDH-ES', enc: 'A128GCM' })],
  ['compressed', () => encrypted({ alg: 'ECDH-ES', enc: 'A256GCM', zip: 'DEF' })],
  [
    'with a shared key',
    () => encrypted({ alg: 'dir', enc: 'A256GCM' }, SHARED),
    () => decrypting(SHARED),
  ],
  ['with a password', () => bomb(2048, JSON.stringify(forge().claims)), believing],
  ['around a signed token', () => bomb(2048, forge().good), believing],
  [
    'in name only: our signature under such a header',
    () =>
      [
        { alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2c: 2_147_483_647, p2s: 'AAAA' },
        { alg: 'dir', enc: 'A256GCM', zip: 'DEF' },
        {
          alg: 'ECDH-ES',
          enc: 'A128GCM',
          epk: forge().foreign.publicKey.export({ format: 'jwk' }),
        },
      ].map((header) => forge().headed(header)),
    signed,
  ],
]);

const SHARED = Buffer.alloc(32, 'k');

/** The claims, signed by nobody. */
function encrypted(
  header: Partial<CompactJWEHeaderParameters>,
  key: Parameters<CompactEncrypt['encrypt']>[0] = forge().foreign.publicKey,
): Promise<string> {
  return new CompactEncrypt(Buffer.from(JSON.stringify(forge().claims)))
    .setProtectedHeader({ kid: forge().key.kid, ...header } as CompactJWEHeaderParameters) // with alg and enc
    .encrypt(key);
}

/** Encrypted with a password, and as much work to open as the sender likes. */
function bomb(count: number, content: string): Promise<string> {
  return new CompactEncrypt(Buffer.from(content))
    .setProtectedHeader({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', kid: forge().key.kid })
    .setKeyManagementParameters({ p2c: count })
    .encrypt(Buffer.from(PASSWORD));
}

describe('TOK-16 encryption that costs the receiver', () => {
  it('is refused before any of the work is done; others do as much as it says', async () => {
    for (const p2c of [10_000_000, 2_147_483_647]) {
      const header = { alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2c, p2s: 'c2FsdHNhbHQ' };
      await expectRefusal(`${encode({ ...header, kid: forge().key.kid })}.AAAA.AAAA.AAAA.AAAA`);
    }
    // Of the processor and not of the clock: other tests run beside this one.
    const workOf = async (token: string) => {
      const before = process.cpuUsage();
      expect(await believing()(token)).toBe(true);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const [little, much] = [await bomb(1000, forge().good), await bomb(500_000, forge().good)];
    await workOf(little);
    expect(await workOf(much)).toBeGreaterThan(10 * (await workOf(little)));
  });
});

attacks('TOK-16 a token in a token, and payloads that are no object', signed, [
  [
    'a token, a text, null, a list, a number, half an object, nothing',
    () =>
      [forge().good, 'text', 'null', '[]', '"text"', '1', '{', ' '].map((payload) =>
        forge().payload(payload),
      ),
  ],
  [
    'a token that says so',
    () => compact({ ...forge().header, cty: 'JWT' }, forge().good, ecdsa(forge().key.privateKey)),
  ],
  [
    'claims that are inherited',
    () => forge().payload(`{"__proto__":${JSON.stringify(forge().claims)}}`),
    believing,
  ],
]);

describe('TOK-17 a token that is large', () => {
  it.each([8000, 12_000])('%d characters are refused as any bad token is', async (size) => {
    await expectAttack(forge().signed({ padding: 'x'.repeat(size * 0.75) }), common());
    for (const text of ['x'.repeat(size), '.'.repeat(size)])
      await expectAttack(text, failingOpen(decodingOnly()));
  });

  it.each([16_384, 65_536, 1_000_000])('%d characters never cause a server error', async (size) => {
    const good = forge().signed({ padding: 'x'.repeat(size) });
    for (const token of ['x'.repeat(size), good]) {
      const began = performance.now();
      const { status } = await app().api('GET', ME, { token, conform: false });
      expect([400, 401, 413, 431]).toContain(status);
      expect(performance.now() - began).toBeLessThan(SLOW_MS);
    }
    expect(await common()(good)).toBe(true);
  });
});

describe('TOK-18 a revoked token', () => {
  it('is refused in every encoding of the same content', async () => {
    const user = await app().createUser();
    const spellings = reencodings(user.token);
    expect(new Set(spellings).size).toBe(32);
    // Each of them is good as long as it is not revoked, and verified before that.
    for (const spelling of spellings) expect(await statusOf(spelling)).toBe(200);
    const { token } = admin();
    const body = { kind: 'token', subject: claimsOf(user.token)['jti'] };
    expect((await app().api('POST', '/v1/revocations', { token, body })).status).toBe(201);
    for (const spelling of spellings) await expectRefusal(spelling);

    // A list of the texts of revoked tokens knows one of them.
    const revoked = new Set([user.token]);
    const byText = spellings.map(async (text) => !revoked.has(text) && (await signed()(text)));
    expect((await Promise.all(byText)).filter((isLetIn) => isLetIn)).toHaveLength(31);
  });

  it('is refused with its claims signed anew: what is over is its session', async () => {
    const user = await app().createUser();
    const theirs = new Forge(app(), user.token);
    expect((await app().api('POST', '/v1/auth/logout', { token: user.token })).status).toBe(204);
    const revoked = new Set([claimsOf(user.token)['jti']]);
    const byId: WeakVerifier = async (token) =>
      !revoked.has(claimsOf(token)['jti']) && signed()(token);
    await expectRefusal(user.token);
    await expectAttack(theirs.signed({ jti: 'another', exp: now() + 900 }), byId);
    expect(await statusOf(theirs.signed({ sid: randomUUID() }))).toBe(200);
  });
});
