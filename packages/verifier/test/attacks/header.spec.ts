import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { compact, signed } from '../support/tokens.js';
import {
  HEADER,
  attacks,
  believing,
  claims,
  key,
  shown,
  sign,
  useLab,
  withHeader,
  world,
} from './lab.js';
import type { Attack } from './lab.js';

useLab();

const hmac =
  (secret: string | Buffer, bits = 256) =>
  (input: string) =>
    createHmac(`sha${bits}`, secret).update(input).digest();

attacks('TOK-04 a hostile kid', believing, [
  ['a path', 'unknown_key', withHeader({ kid: '../../../../dev/null' })],
  ['SQL', 'unknown_key', withHeader({ kid: "x' UNION SELECT 'key" })],
  ['much', 'token_too_large', withHeader({ kid: 'x'.repeat(10_000) })],
  ['empty', 'unknown_key', withHeader({ kid: '' })],
  ['none', 'header_not_allowed', withHeader({ kid: undefined })],
  ...[null, 7, true, {}, [key.kid], { toString: key.kid }].map((kid): Attack => [
    JSON.stringify(kid),
    'header_not_allowed',
    withHeader({ kid }),
  ]),
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map((kid): Attack => [
    kid,
    'algorithm_not_allowed',
    () =>
      compact(
        { ...HEADER, kid, alg: 'HS256' },
        claims(),
        hmac(String(({} as Record<string, unknown>)[kid])),
      ),
  ]),
]);

attacks('TOK-05 members that change what a token means', believing, [
  ['crit', 'header_not_allowed', withHeader({ crit: ['exp'], exp: 1 })],
  ['an empty crit', 'header_not_allowed', withHeader({ crit: [] })],
  ['crit of nothing that exists', 'header_not_allowed', withHeader({ crit: ['bork'], bork: true })],
  ['b64', 'header_not_allowed', withHeader({ b64: true, crit: ['b64'] })],
  ['b64 without crit', 'header_not_allowed', withHeader({ b64: false })],
  ['zip', 'header_not_allowed', withHeader({ zip: 'DEF' })],
  ['x5c', 'header_not_allowed', withHeader({ x5c: ['MIIB'] })],
  ['cty', 'header_not_allowed', withHeader({ cty: 'JWT' })],
  [
    '__proto__',
    'header_not_allowed',
    () =>
      compact(
        `{"alg":"RS256","typ":"at+jwt","kid":"${key.kid}","__proto__":{"x":1}}`,
        claims(),
        sign,
      ),
  ],
]);

attacks('TOK-06 another kind of token', believing, [
  ...[
    undefined,
    'JWT',
    'jwt',
    'at+JWT',
    'AT+JWT',
    'application/at+jwt',
    'at+jwt ',
    'rt+jwt',
    'logout+jwt',
    'dpop+jwt',
    null,
    ['at+jwt'],
    1,
  ].map((typ): Attack => [`typ ${shown(typ)}`, 'wrong_type', withHeader({ typ })]),
]);

describe('KEY-06 names of keys that nobody knows', () => {
  it('are not asked for: 1,000 tokens cost one fetch, and good ones go through meanwhile', async () => {
    await world().verifier.ready();
    const before = world().issuer.seen.length;
    const bad = Array.from({ length: 1000 }, (_, i) =>
      world().refusal(withHeader({ kid: `${i}` })()),
    );
    const good = Array.from({ length: 50 }, () => world().refusal(signed(key, claims())));
    expect(new Set(await Promise.all(bad))).toEqual(new Set(['unknown_key']));
    expect(new Set(await Promise.all(good))).toEqual(new Set([undefined]));
    expect(world().issuer.seen.length - before).toBeLessThanOrEqual(1);
  });
});
