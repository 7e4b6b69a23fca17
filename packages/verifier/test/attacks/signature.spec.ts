import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { signWith } from '../support/keys.js';
import { compact, encode, headerOf, claimsOf } from '../support/tokens.js';
import { decoding } from '../support/weak-verifiers.js';
import {
  HEADER,
  PEM,
  attacker,
  attacks,
  believing,
  claims,
  decodingOnly,
  key,
  listener,
  sign,
  useLab,
  world,
} from './lab.js';
import type { Attack } from './lab.js';

useLab();

const hmac =
  (secret: string | Buffer, bits = 256) =>
  (input: string) =>
    createHmac(`sha${bits}`, secret).update(input).digest();
const bytes = (signature: Buffer) => () => signature;
const NOTHING = bytes(Buffer.alloc(0));

attacks('TOK-02 no signature', believing, [
  ...['none', 'None', 'NONE', 'nOnE', ' none', 'none ', 'none\n', ''].flatMap((alg): Attack[] => [
    [
      `alg ${JSON.stringify(alg)}, nothing`,
      'malformed',
      () => compact({ ...HEADER, alg }, claims(), NOTHING),
    ],
    [
      `alg ${JSON.stringify(alg)}, anything`,
      'algorithm_not_allowed',
      () => compact({ ...HEADER, alg }, claims(), bytes(Buffer.from('x'))),
    ],
  ]),
  [
    'alg escaped',
    'algorithm_not_allowed',
    () => compact(`{"alg":"\\u006eone","typ":"at+jwt","kid":"${key.kid}"}`, claims(), sign),
  ],
]);

attacks('TOK-02 a signature that proves nothing', decodingOnly, [
  ['no signature', 'malformed', () => compact(HEADER, claims(), NOTHING)],
  ['no third part', 'malformed', () => compact(HEADER, claims(), sign).replace(/\.[^.]*$/, '')],
  [
    'a cut one',
    'bad_signature',
    () => compact(HEADER, claims(), (input) => sign(input).subarray(1)),
  ],
  ['zeros', 'bad_signature', () => compact(HEADER, claims(), bytes(Buffer.alloc(256)))],
  [
    'one of another token',
    'bad_signature',
    () =>
      compact(HEADER, claims({ sub: 'admin' }), () =>
        sign(`${encode(HEADER)}.${encode(claims())}`),
      ),
  ],
  [
    'one of another key (TOK-19: another environment)',
    'bad_signature',
    () => compact(HEADER, claims(), signWith(attacker, 'RS256')),
  ],
  ['a fourth part', 'malformed', () => `${compact(HEADER, claims(), sign)}.x`],
]);

attacks('TOK-01 the public key as a secret', believing, [
  ...[256, 384, 512].map((bits): Attack => [
    `HS${bits} with the PEM`,
    'algorithm_not_allowed',
    () => compact({ ...HEADER, alg: `HS${bits}` }, claims(), hmac(PEM, bits)),
  ]),
]);

attacks('TOK-01 another algorithm under the key', believing, [
  ...(['RS384', 'RS512', 'PS512'] as const).map((alg): Attack => [
    alg,
    'algorithm_not_allowed',
    () => compact({ ...HEADER, alg }, claims(), signWith(key, alg)),
  ]),
  [
    'PS256',
    'wrong_algorithm',
    () => compact({ ...HEADER, alg: 'PS256' }, claims(), signWith(key, 'PS256')),
  ],
]);

attacks('TOK-03 a key that the token brings along', believing, [
  [
    'jwk',
    'header_not_allowed',
    () => compact({ ...HEADER, jwk: attacker.jwk }, claims(), signWith(attacker, 'RS256')),
  ],
  [
    'jwk of the right name',
    'header_not_allowed',
    () =>
      compact(
        { ...HEADER, jwk: { ...attacker.jwk, kid: key.kid } },
        claims(),
        signWith(attacker, 'RS256'),
      ),
  ],
]);

describe('TOK-03 a key at an address that the token names', () => {
  it.each(['jku', 'x5u'])('%s is not asked, though others do', async (member) => {
    const header = { ...HEADER, [member]: `${listener().url}/jwks` };
    const token = compact(header, claims(), signWith(attacker, 'RS256'));
    expect(await world().refusal(token)).toBe('header_not_allowed');
    expect(listener().seen).toEqual([]);
    expect(await believing()(token)).toBe(true);
    expect(listener().seen).toHaveLength(1);
  });

  it.each(['kid', 'iss'])('neither is an address in %s', async (where) => {
    const header =
      where === 'kid' ? { ...HEADER, kid: `${listener().url}/jwks` } : headerOf(attacker);
    const payload = where === 'iss' ? claimsOf(listener().url) : claims();
    const token = compact(header, payload, signWith(attacker, 'RS256'));
    expect(await world().refusal(token)).toBe('unknown_key');
    expect(listener().seen).toEqual([]);
    expect(await decoding(token)).toBe(true);
  });
});
