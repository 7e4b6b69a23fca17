import { JwtService } from '@nestjs/jwt';
import { describe, expect, it } from '@jest/globals';
import { signWith } from '../support/keys.js';
import { NOW, compact, signed } from '../support/tokens.js';
import { HEADER, PEM, claims, key, sign, useLab, world } from './lab.js';

useLab();

describe('what a common library lets in without options', () => {
  // jsonwebtoken with a public key and nothing else: the usual way, and why this package exists.
  const library = new JwtService();
  const letsIn = (token: string) => library.verify<object>(token, { publicKey: PEM });
  const far = () => Math.floor(Date.now() / 1000) + 600; // it reads the real clock

  it.each<readonly [string, (now: object) => string]>([
    [
      'RS512 under an RS256 key',
      (now) => compact({ ...HEADER, alg: 'RS512' }, claims(now), signWith(key, 'RS512')),
    ],
    [
      'PS512 under an RS256 key',
      (now) => compact({ ...HEADER, alg: 'PS512' }, claims(now), signWith(key, 'PS512')),
    ],
    ['crit', (now) => compact({ ...HEADER, crit: ['bork'], bork: true }, claims(now), sign)],
    ['another kind of token', (now) => compact({ ...HEADER, typ: 'rt+jwt' }, claims(now), sign)],
    ['another audience', (now) => signed(key, claims({ ...now, aud: 'x' }))],
    ['another issuer', (now) => signed(key, claims({ ...now, iss: 'x' }))],
    ['exp in milliseconds', (now) => signed(key, claims({ ...now, exp: far() * 1000 }))],
    ['no jti', (now) => signed(key, claims({ ...now, jti: undefined }))],
    ['roles that are a text', (now) => signed(key, claims({ ...now, roles: 'admin' }))],
  ])('%s', async (_, make) => {
    const iat = Math.floor(Date.now() / 1000) - 1;
    const now = { iat, nbf: iat, exp: far() };
    world().clock.millis = Date.now();
    try {
      expect(await world().refusal(signed(key, claims(now)))).toBeUndefined();
      const token = make(now);
      expect(await world().refusal(token)).toEqual(expect.any(String));
      expect(letsIn(token)).toMatchObject({ ver: 7 });
    } finally {
      world().clock.millis = NOW * 1000;
    }
  });
});
