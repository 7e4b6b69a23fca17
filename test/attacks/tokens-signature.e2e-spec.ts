import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { signWith } from '../../packages/verifier/test/support/keys.js';
import type { Algorithm } from '../../packages/verifier/test/support/keys.js';
import { trusting } from '../../packages/verifier/test/support/weak-verifiers.js';
import type { SigningAlgorithm } from '../../src/config/signing-algorithm.js';
import { KeyRing } from '../../src/keys/key-ring.js';
import { startTestApp } from '../support/app.js';
import {
  ME,
  PASSWORD,
  attacks,
  believing,
  decodingOnly,
  expectAttack,
  forge,
  listener,
  now,
  signed,
  useArena,
} from './arena.js';
import type { Attack } from './arena.js';
import { claimsOf, compact, ecdsa, encode, hmac } from './forge.js';
import { fetching, headerOf, keyedWith, signedOnly } from './weak-verifiers.js';

useArena();

const signatureOfGood = () => forge().good.split('.')[2] ?? '';
const bytesOfGood = () => Buffer.from(signatureOfGood(), 'base64url');

attacks(
  "TOK-02 no algorithm, with any signature and without: 'none'",
  believing,
  ['none', 'None', 'NONE', 'nOnE', 'none ', ''].map((alg): Attack => [
    `alg ${JSON.stringify(alg)}`,
    () => {
      const [header = '', payload = ''] = forge().headed({ alg }).split('.');
      return ['', 'AA', signatureOfGood()].map((text) => `${header}.${payload}.${text}`);
    },
  ]),
);

/** A key pair in every form that somebody may have configured as a text or as bytes. */
function formsOfKey(): readonly (string | Buffer)[] {
  const { publicKey, kid } = forge().key;
  const jwk = publicKey.export({ format: 'jwk' });
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  return [
    pem,
    pem.trim(),
    pem.replaceAll('\n', '\r\n'),
    publicKey.export({ format: 'der', type: 'spki' }),
    JSON.stringify(jwk),
    JSON.stringify({ ...jwk, kid, alg: 'ES256', use: 'sig' }),
    Buffer.from(jwk.x ?? '', 'base64url'),
    '', // not configured
  ];
}

describe('TOK-01 the public key as the secret of an HMAC', () => {
  it.each(['HS256', 'HS384', 'HS512', 'ES256'])('%s, in every form of the key', async (alg) => {
    for (const secret of formsOfKey()) {
      const token = forge().signedBy(hmac(secret, Number(alg.slice(2))), { alg });
      await expectAttack(
        token,
        keyedWith(() => secret),
      );
    }
  });
});

attacks(
  'TOK-01 another algorithm under the key of ES256, though that key has signed',
  signed,
  ['RS256', 'PS256', 'ES384', 'ES512', 'ES256K', 'EdDSA', 'es256'].map((alg): Attack => [
    alg,
    () => forge().headed({ alg }),
  ]),
);

describe('TOK-01 another algorithm that fits the key, signed as it should be', () => {
  it.each<readonly [SigningAlgorithm & Algorithm, readonly Algorithm[]]>([
    ['ES256', ['ES384']],
    ['RS256', ['RS384', 'RS512', 'PS256', 'PS512']],
  ])('under a key of %s: %j', async (SIGNING_ALGORITHM, others) => {
    const one = await startTestApp({ settings: { SIGNING_ALGORITHM } });
    try {
      const { token } = await one.admin();
      const { active } = one.nest.get(KeyRing);
      const signedAs = (alg: Algorithm) =>
        compact({ ...headerOf(token), alg }, claimsOf(token), signWith(active, alg));
      const isLetIn = async (shown: string) =>
        (await one.api('GET', ME, { token: shown })).status === 200;
      expect(await isLetIn(signedAs(SIGNING_ALGORITHM))).toBe(true);
      for (const alg of others) {
        expect({ alg, isLetIn: await isLetIn(signedAs(alg)) }).toEqual({ alg, isLetIn: false });
        expect(await trusting(active, PASSWORD, now())(signedAs(alg))).toBe(true);
      }
      // The public key as a secret, as well.
      const pem = active.publicKey.export({ format: 'pem', type: 'spki' }).toString();
      const confused = compact({ ...headerOf(token), alg: 'HS256' }, claimsOf(token), hmac(pem));
      expect(await isLetIn(confused)).toBe(false);
      expect(await trusting(active, PASSWORD, now())(confused)).toBe(true);
    } finally {
      await one.close();
    }
  });
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
/** Keys of several issuers in one heap: whichever fits is good. */
const heap = () => signedOnly(rsa.publicKey, p384.publicKey, forge().foreign.publicKey);

attacks('TOK-01 a key of another kind under the id of ours', heap, [
  [
    'RSA',
    () =>
      forge().signedBy((input) => sign('sha256', Buffer.from(input), rsa.privateKey), {
        alg: 'RS256',
      }),
  ],
  ['P-384', () => forge().signedBy(ecdsa(p384.privateKey))],
  ['P-256, but not ours', () => forge().signedBy(ecdsa(forge().foreign.privateKey))],
]);

const ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';

attacks(
  'TOK-02 a signature that proves nothing',
  decodingOnly,
  (
    [
      ['zeros (CVE-2022-21449)', () => Buffer.alloc(64)],
      ['the order of the curve', () => Buffer.from(ORDER + ORDER, 'hex')],
      ['s is 0', () => Buffer.concat([bytesOfGood().subarray(0, 32), Buffer.alloc(32)])],
      ['r is 0', () => Buffer.concat([Buffer.alloc(32), bytesOfGood().subarray(32)])],
      ['cut by a byte', () => bytesOfGood().subarray(0, 63)],
      ['cut to a byte', () => bytesOfGood().subarray(0, 1)],
      ['longer by a byte', () => Buffer.concat([bytesOfGood(), Buffer.of(0)])],
      ['twice', () => Buffer.concat([bytesOfGood(), bytesOfGood()])],
      ['in DER', () => derOfGood()],
      ['random', () => randomBytes(64)],
      ['nothing', () => Buffer.alloc(0)],
    ] as const
  ).map(([name, bytes]): Attack => [
    name,
    () => forge().withSignature(bytes().toString('base64url')),
  ]),
);

function derOfGood(): Buffer {
  const content = forge().good.slice(0, forge().good.lastIndexOf('.'));
  return sign('sha256', Buffer.from(content), forge().key.privateKey);
}

attacks('TOK-02 a payload that was exchanged under a good signature', decodingOnly, [
  [
    'roles, time, subject',
    () => {
      const [header = '', , signature = ''] = forge().good.split('.');
      return [{ roles: ['admin', 'root'] }, { exp: now() + 3600 }, { sub: 'x' }].map(
        (claims) => `${header}.${encode({ ...forge().claims, ...claims })}.${signature}`,
      );
    },
  ],
]);

const foreignJwk = () => forge().foreign.publicKey.export({ format: 'jwk' });
/** With the attacker's key, and a header that says where that is. */
const byStranger = (header: object) =>
  forge().signedBy(ecdsa(forge().foreign.privateKey), { ...header });

/** Takes the key out of `x5c`; a bare key does for this one. */
const certified = async (token: string) => {
  const [first = ''] = headerOf(token)['x5c'] as string[];
  const der = Buffer.from(first, 'base64');
  return signedOnly(createPublicKey({ key: der, format: 'der', type: 'spki' }))(token);
};

attacks('TOK-03 a key that the token brings along', believing, [
  ['jwk', () => byStranger({ jwk: foreignJwk() })],
  ['jwk without a kid', () => byStranger({ jwk: foreignJwk(), kid: undefined })],
  ['jwk with the id of ours', () => byStranger({ jwk: { ...foreignJwk(), kid: forge().key.kid } })],
  [
    'x5c',
    () => {
      const der = forge().foreign.publicKey.export({ format: 'der', type: 'spki' });
      return byStranger({ x5c: [der.toString('base64')] });
    },
    () => certified,
  ],
]);

describe('TOK-03 a key at an address that the token names', () => {
  const address = () => `${listener().origin}/jwks.json`;

  it.each<readonly [string, () => string, Parameters<typeof fetching>[0]]>([
    ['jku', () => byStranger({ jku: address() }), ({ header }) => header['jku']],
    ['x5u', () => byStranger({ x5u: address() }), ({ header }) => header['x5u']],
    ['kid', () => byStranger({ kid: address() }), ({ header }) => header['kid']],
    ['iss of the header', () => byStranger({ iss: address() }), ({ header }) => header['iss']],
    [
      'iss of the claims',
      () => forge().signedClaimsBy(ecdsa(forge().foreign.privateKey), { iss: address() }),
      ({ claims }) => claims['iss'],
    ],
  ])('%s is not asked, though others do', async (_, make, addressIn) => {
    await expectAttack(make(), fetching(addressIn));
    expect(listener().requests).toEqual(['/jwks.json']); // by the other one
  });
});

attacks('TOK-03 a header that says more than ours do, though our key has signed it', signed, [
  [
    'keys, addresses, certificates',
    () =>
      [
        { jwk: foreignJwk() },
        { jwk: foreignJwk(), kid: undefined },
        { jku: listener().origin },
        { x5u: listener().origin },
        { x5c: ['MIIB'] },
        { kid: listener().origin },
        { iss: listener().origin },
      ].map((member) => forge().headed(member)),
  ],
  [
    'an issuer that is an address',
    () => forge().signed({ iss: listener().origin, jku: listener().origin }),
  ],
]);
