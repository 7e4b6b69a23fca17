import { expect, it } from '@jest/globals';
import { app, attacks, forge, now, signed, statusOf, useArena } from './arena.js';
import type { Attack } from './arena.js';
import { resembles, signedAnd } from './weak-verifiers.js';

useArena();

const WRONG: Readonly<Record<string, () => readonly unknown[]>> = {
  iss: () => [undefined, null, 1, [forge().claims['iss']], {}],
  sub: () => [undefined, null, 1, '', ['a'], {}, true, 'x'.repeat(65)],
  aud: () => [undefined, null, 1, '', [], [forge().claims['aud']], {}],
  exp: () => [undefined, null, `${now() + 60}`, [now() + 60], {}, true, now() + 60.5, -1],
  nbf: () => [null, `${now()}`, true],
  iat: () => [undefined, null, `${now()}`, [], false],
  jti: () => [undefined, null, 1, '', ['a'], {}, 'x'.repeat(65)],
  client_id: () => [undefined, null, 1, ''],
  sid: () => [undefined, null, 1, '', {}],
  auth_time: () => [undefined, null, '1', -1],
  amr: () => [undefined, null, 'pwd', [1], {}],
  acr: () => [null, '', 1, ['aal1']], // absent from tokens of 0.1.0
  scope: () => [undefined, null, ['audit:read'], { 'audit:read': true }, 1],
  ver: () => [undefined, null, '1', -1, 1.5],
  act: () => [null, 'service', [], {}, { sub: 'service', sid: 'x', ver: '1' }],
  user_claims: () => [null, 'team', ['team'], 1],
};

attacks(
  'TOK-07 a claim that is missing or of the wrong type',
  signed,
  Object.entries(WRONG).map(([name, values]): Attack => [
    name,
    () => values().map((value) => forge().signed({ [name]: value })),
  ]),
);

attacks("TOK-07 a service's own token that says how a person signed in", signed, [
  ['all of it', () => forge().signed({ client_id: forge().claims['sub'] })],
]);

const comparing = (name: 'iss' | 'aud') => () =>
  signedAnd(forge().key.publicKey, (claims) => resembles(app().settings.issuer, claims[name]));

const LIKE_OURS: readonly (readonly [string, (ours: string) => string])[] = [
  ['a slash', (ours) => `${ours}/`],
  ['a longer host', (ours) => `${ours}.evil.example`],
  ['the usual port', (ours) => `${ours}:80`],
  ['an empty query', (ours) => `${ours}?`],
  ['a fragment', (ours) => `${ours}#a`],
  ['other letters', (ours) => ours.toUpperCase()],
  ['another scheme', (ours) => ours.replace('http', 'https')],
  ['a space before', (ours) => ` ${ours}`],
  ['a NUL', (ours) => `${ours}\0`],
  ['cut', (ours) => ours.slice(0, -1)],
  ['one of several words', (ours) => `x ${ours} y`],
  ['empty', () => ''],
];
const likes = (name: string): Attack[] =>
  LIKE_OURS.map(([what, like]) => [
    what,
    () => forge().signed({ [name]: like(app().settings.issuer) }),
  ]);

attacks('TOK-10 an issuer that is only like ours', comparing('iss'), [
  ...likes('iss'),
  ['a list', () => forge().signed({ iss: [app().settings.issuer] })],
]);

attacks('TOK-11 an audience that is only like ours', comparing('aud'), [
  ...likes('aud'),
  [
    'a list, a list in a list, an object',
    () => {
      const ours = app().settings.issuer;
      return [[ours], [ours, 'https://evil.example'], [[ours]], { [ours]: true }].map((aud) =>
        forge().signed({ aud }),
      );
    },
  ],
]);

attacks('TOK-11 no audience, or anybody', signed, [
  ['absent', () => forge().signed({ aud: undefined })],
  ['a wildcard', () => forge().signed({ aud: '*' })],
  ['another one', () => forge().signed({ aud: 'https://billing.example.com' })],
]);

/** Seconds. */
const leeway = () => app().settings.clockLeeway / 1000;
const cap = () => app().settings.accessTokenMaxTtl / 1000;
const past = () => ({ iat: now() - 600, nbf: now() - 600 });

/** Asks only whether a token has expired, with five minutes to spare for clocks. */
const generous = () => signedAnd(forge().key.publicKey, ({ exp }) => Number(exp) + 300 > now());
/** Keeps to all three instants, and has no idea of how long a token may live. */
const punctual = () =>
  signedAnd(
    forge().key.publicKey,
    ({ exp, nbf, iat }) => Number(exp) > now() && Number(nbf) <= now() && Number(iat) <= now(),
  );

attacks('TOK-08 outside of its time', generous, [
  [
    'expired, a second past the leeway',
    () => forge().signed({ ...past(), exp: now() - leeway() - 1 }),
  ],
  ['expired two minutes ago', () => forge().signed({ ...past(), exp: now() - 120 })],
  ['not valid for an hour', () => forge().signed({ nbf: now() + 3600 })],
  [
    'not valid for some seconds more than the leeway',
    () => forge().signed({ nbf: now() + leeway() + 5 }),
  ],
  ['issued in an hour', () => forge().signed({ iat: now() + 3600, exp: now() + 3660 })],
]);

attacks('TOK-09 a life that is too long', punctual, [
  ['a second above the cap', () => forge().signed({ iat: now(), exp: now() + cap() + 1 })],
  ['exp in milliseconds', () => forge().signed({ exp: (now() + 60) * 1000 })],
  ['issued at the beginning of time', () => forge().signed({ iat: 0, nbf: 0 })],
  ['as long as numbers go', () => forge().signed({ exp: Number.MAX_SAFE_INTEGER })],
  ...['1e300', '1E400', '9007199254740993'].map((exp): Attack => [exp, () => withExp(exp)]),
  [
    'all in milliseconds',
    () => forge().signed({ exp: (now() + 60) * 1000, iat: now() * 1000, nbf: now() * 1000 }),
    generous,
  ],
]);

attacks('TOK-09 no life at all', generous, [
  ['exp at iat', () => forge().signed({ iat: now(), exp: now() })],
  ['exp before iat', () => forge().signed({ iat: now(), exp: now() - 1 })],
  ...['-0.5', '1e-300'].map((exp): Attack => [exp, () => withExp(exp), signed]),
]);

it('TOK-09 a life at the edge of what is allowed is not refused', async () => {
  expect(await statusOf(forge().signed({ iat: now(), exp: now() + cap() }))).toBe(200);
});

/** With a number as it is written here. */
function withExp(exp: string): string {
  const claims = JSON.stringify({ ...forge().claims, exp: 0 });
  return forge().payload(claims.replace('"exp":0', `"exp":${exp}`));
}
