import { AUDIENCE, NOW, compact, signed } from '../support/tokens.js';
import {
  HEADER,
  attacks,
  believing,
  claims,
  decodingOnly,
  key,
  shown,
  sign,
  useLab,
  withClaims,
  world,
} from './lab.js';
import type { Attack } from './lab.js';

useLab();

attacks('TOK-07 claims of the wrong type', believing, [
  ...(
    [
      ['exp', `${NOW + 600}`],
      ['exp', [NOW + 600]],
      ['exp', NOW + 600.5],
      ['exp', null],
      ['exp', undefined],
      ['exp', true],
      ['nbf', `${NOW}`],
      ['iat', undefined],
      ['iat', null],
      ['sub', 7],
      ['sub', ''],
      ['sub', ['admin']],
      ['sub', { toString: 'admin' }],
      ['jti', undefined],
      ['jti', 7],
      ['jti', 'x'.repeat(65)],
      ['iss', [undefined]],
      ['aud', undefined],
      ['aud', [AUDIENCE]],
      ['aud', [AUDIENCE, 'x']],
      ['client_id', undefined],
      ['sid', undefined],
      ['ver', '7'],
      ['scope', ['read', 'refund']],
      ['auth_time', undefined],
      ['amr', 'pwd'],
      ['act', 'service'],
      ['act', { sub: 'service' }],
      ['user_claims', [1]],
    ] as const
  ).map(([name, value]): Attack => [
    `${name} ${shown(value)}`,
    'bad_claims',
    withClaims({ [name]: value }),
  ]),
]);

attacks('TOK-15 roles that are no list of texts', believing, [
  ...['admin', { admin: true }, [['admin']], [7], [null], [''], null, undefined].map(
    (roles): Attack => [shown(roles), 'bad_claims', withClaims({ roles })],
  ),
]);

attacks('TOK-08 and TOK-09 time', decodingOnly, [
  [
    'expired two minutes ago',
    'expired',
    withClaims({ iat: NOW - 720, nbf: NOW - 720, exp: NOW - 120 }),
  ],
  ['valid in an hour', 'not_yet_valid', withClaims({ nbf: NOW + 3600 })],
  ['issued in an hour', 'not_yet_valid', withClaims({ iat: NOW + 3600, exp: NOW + 4200 })],
  ['exp in milliseconds', 'bad_lifetime', withClaims({ exp: (NOW + 600) * 1000 })],
  [
    'all in milliseconds',
    'not_yet_valid',
    withClaims({ iat: NOW * 1000, nbf: NOW * 1000, exp: NOW * 1000 + 600 }),
  ],
  ['exp 1e300', 'bad_claims', withClaims({ exp: 1e300 })],
  ['exp negative', 'bad_claims', withClaims({ exp: -1 })],
  ['one second above the cap', 'bad_lifetime', withClaims({ exp: NOW + 3601 })],
  ['issued long ago, for long', 'bad_lifetime', withClaims({ iat: 0, nbf: 0 })],
]);

attacks('TOK-10 another issuer', believing, [
  [
    'a suffix',
    'wrong_issuer',
    () => signed(key, claims({ iss: `${world().issuer.url}.evil.example` })),
  ],
  ['a slash', 'wrong_issuer', () => signed(key, claims({ iss: `${world().issuer.url}/` }))],
  [
    'other letters',
    'wrong_issuer',
    () => signed(key, claims({ iss: world().issuer.url.toUpperCase() })),
  ],
  ['a list', 'bad_claims', () => signed(key, claims({ iss: [world().issuer.url] }))],
]);

attacks('TOK-11 another audience', believing, [
  ['part of ours', 'wrong_audience', withClaims({ aud: AUDIENCE.slice(0, -1) })],
  ['more than ours', 'wrong_audience', withClaims({ aud: `${AUDIENCE}.evil.example` })],
  ['ours and another in one text', 'wrong_audience', withClaims({ aud: `${AUDIENCE} x` })],
  ['anybody', 'wrong_audience', withClaims({ aud: '*' })],
  ['an object', 'bad_claims', withClaims({ aud: { [AUDIENCE]: true } })],
]);

attacks('TOK-20 names that stand there twice, or are no names', decodingOnly, [
  [
    'exp to come, then past',
    'expired',
    () =>
      compact(
        HEADER,
        twice({ exp: NOW + 600 }, { exp: NOW - 60, iat: NOW - 600, nbf: NOW - 600 }),
        sign,
      ),
  ],
  [
    'aud right, then wrong',
    'wrong_audience',
    () => compact(HEADER, twice({ aud: AUDIENCE }, { aud: 'x' }), sign),
  ],
  [
    'sub right, then a number',
    'bad_claims',
    () => compact(HEADER, twice({ sub: 'x' }, { sub: 7 }), sign),
  ],
]);

attacks('TOK-20 claims that are inherited', believing, [
  [
    'sub in __proto__',
    'bad_claims',
    () => compact(HEADER, `{"__proto__":${JSON.stringify(claims())}}`, sign),
  ],
]);

/** Claims as JSON in which some stand twice, with the last ones last. */
function twice(first: object, last: object): string {
  return JSON.stringify({ ...first, ...claims() }).replace(
    /}$/,
    `,${JSON.stringify(last).slice(1)}`,
  );
}
