import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { loadSettings } from '../config/settings.js';
import type { VerificationKey } from '../keys/key-material.js';
import type { KeyRing } from '../keys/key-ring.js';
import { Clock } from '../platform/clock.js';
import { ExpiryClock } from '../platform/expiry-clock.js';
import type { WatchDatabase } from '../platform/database/database.js';
import type { HistoryMark } from '../revocation/history-mark.js';
import { RevocationFeed } from '../revocation/revocation-feed.js';
import { RevocationIndex } from '../revocation/revocation-index.js';
import { RevocationsRepository } from '../revocation/revocations.repository.js';
import { RevocationStateStale } from '../revocation/revocation.errors.js';
import type { AccessTokenClaims } from './claims.js';
import { TokenRefused, TokenVerifier } from './token-verifier.js';
import { VERIFICATION_STEPS, VerificationSteps } from './verification-steps.js';

const ISSUER = 'https://id.example.com';
const KID = 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U';
/** Seconds since the epoch at which every test begins. */
const NOW = 1_800_000_000;
const LEEWAY = 5;
const CAP = 3600;
const MAX_STALENESS_MS = 2000;

const settings = loadSettings({ ISSUER_URL: ISSUER, CLOCK_LEEWAY: `${LEEWAY}s` });
const ours = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const theirs = generateKeyPairSync('ec', { namedCurve: 'P-256' });

class FakeClock extends Clock {
  millis = NOW * 1000;
  ticks = 0;
  override now = () => this.millis;
  override monotonic = () => this.ticks;
}

/** Holds one real key, and counts how often it is looked for and how often it is used. */
class OneKey implements Pick<KeyRing, 'find' | 'generation'> {
  generation = 1;
  asked = 0;
  used = 0;
  find(kid: string): VerificationKey | undefined {
    this.asked++;
    const use = () => {
      this.used++;
      return ours.publicKey;
    };
    const key = { kid, algorithm: 'ES256' } as const;
    return kid === KID
      ? Object.defineProperty({ ...key, publicKey: ours.publicKey }, 'publicKey', { get: use })
      : undefined;
  }
}

/** A database in which nothing was ever revoked. */
const noMark = { read: () => Promise.resolve(undefined), note: () => undefined };
const emptyHistory = {
  dialect: 'sqlite',
  select: () => Promise.resolve([{ revision: 0, now: 0 }]),
};

class World {
  readonly clock = new FakeClock();
  readonly keys = new OneKey();
  readonly index = new RevocationIndex();
  readonly feed = new RevocationFeed(
    new RevocationsRepository(emptyHistory as unknown as WatchDatabase), // all that it uses
    this.index,
    noMark as unknown as HistoryMark, // likewise
    this.clock,
    new ExpiryClock(this.clock),
    settings,
    pino({ enabled: false }),
  );
  readonly verifier = new TokenVerifier(
    new VerificationSteps(
      this.keys as unknown as KeyRing, // the verifier only finds keys
      this.index,
      this.feed,
      this.clock,
      settings,
    ),
    settings,
  );

  /** The step at which the token is refused; `undefined` when it is accepted. */
  refusal(token: string): string | undefined {
    try {
      this.verifier.verify(token);
      return undefined;
    } catch (error) {
      if (error instanceof TokenRefused) return error.step;
      throw error;
    }
  }
}

const HEADER = { alg: 'ES256', typ: 'at+jwt', kid: KID };
const CLAIMS: AccessTokenClaims = {
  iss: ISSUER,
  sub: '4b8f2c6e-3c1d-4a53-9d52-6a1b7f0e8c11',
  aud: ISSUER,
  exp: NOW + 600,
  nbf: NOW,
  iat: NOW,
  jti: 'nY2kX0a9QwE7rT5uI3oPzA',
  client_id: 'signet',
  sid: '0d7c5b1a-6f7e-4c2b-8a90-1e2f3a4b5c6d',
  auth_time: NOW - 60,
  amr: ['pwd'],
  acr: 'aal1',
  roles: ['editor'],
  scope: 'resources:read resources:write',
  ver: 7,
};
const REVOCATION = { minVersion: null, expiresAt: (NOW + 9999) * 1000 };

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const ecdsa = (input: string, key: KeyObject = ours.privateKey, hash = 'sha256') =>
  sign(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });

function compact(
  header: unknown,
  payload: unknown,
  signer: (input: string) => Buffer = ecdsa,
): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signer(input).toString('base64url')}`;
}

/** A token that is signed by our own key and differs from a good one in some claims. */
const signed = (claims: object = {}) => compact(HEADER, { ...CLAIMS, ...claims });

let world: World;
beforeEach(async () => {
  world = new World();
  await world.feed.poll();
});

describe('a good token', () => {
  it('says who its bearer is and what they may do', () => {
    expect(world.verifier.verify(signed())).toEqual({
      id: CLAIMS.sub,
      type: 'user',
      sessionId: CLAIMS.sid,
      tokenId: CLAIMS.jti,
      clientId: 'signet',
      roles: ['editor'],
      permissions: new Set(['resources:read', 'resources:write']),
      authTime: NOW - 60,
      amr: ['pwd'],
      acr: 'aal1',
      expiresAt: NOW + 600,
    });
  });

  it('gives no permission for an empty scope, not even an empty one', () => {
    expect(world.verifier.verify(signed({ scope: '' })).permissions.size).toBe(0);
  });

  it('gives its bearer nothing that a handler could change for the next request', () => {
    const principal = world.verifier.verify(signed());
    expect(() => Object.assign(principal, { id: 'other' })).toThrow(TypeError);
    expect(() => (principal.roles as string[]).push('admin')).toThrow(TypeError);
  });
});

describe('the steps', () => {
  it('stand in the order in which they are taken: a token fails at the first one that it does not pass', () => {
    const bad = {
      size: 'x'.repeat(8193),
      shape: 'x'.repeat(8192),
      header: compact({ ...HEADER, typ: 'JWT' }, {}),
      signature: compact(HEADER, {}, () => Buffer.alloc(64)),
      claims: signed({ jti: 1, iss: 'x', aud: 'x', exp: 9e12 }),
      issuer: signed({ iss: 'x', aud: 'x', exp: 9e12, nbf: 9e12 }),
      audience: signed({ aud: 'x', exp: 9e12, nbf: 9e12 }),
      lifetime: signed({ exp: 9e12, nbf: 9e12 }),
      time: signed({ nbf: 9e12 }),
      revocation: signed(),
    };
    world.index.add({ kind: 'session', subject: CLAIMS.sid, ...REVOCATION });
    expect(Object.entries(bad).map(([, token]) => world.refusal(token))).toEqual(Object.keys(bad));
    expect(Object.keys(bad)).toEqual([...VERIFICATION_STEPS]);
    // Whoever asks for all of them hears the same one first.
    for (const [step, token] of Object.entries(bad)) {
      const { steps } = world.verifier.inspect(token, [ISSUER]);
      expect(steps.map((result) => result.step)).toEqual([...VERIFICATION_STEPS]);
      expect(steps.find(({ fault }) => fault !== undefined)?.step).toBe(step);
    }
  });

  it('after the claims do not need each other, so all of them can be told at once', () => {
    world.index.add({ kind: 'session', subject: CLAIMS.sid, ...REVOCATION });
    const faults = (token: string) =>
      world.verifier
        .inspect(token, [ISSUER])
        .steps.flatMap(({ step, fault }) => (fault === undefined ? [] : [`${step}: ${fault}`]));
    expect(faults(signed({ iss: 'x', aud: 'x', exp: 9e12, nbf: 8e12 }))).toEqual([
      'issuer: other_issuer',
      'audience: other_audience',
      'lifetime: too_long_lived',
      'time: not_yet',
      'revocation: revoked',
    ]);
    expect(faults(signed({ iss: 'x', exp: NOW - 60, iat: NOW - 60 }))).toEqual([
      'issuer: other_issuer',
      'lifetime: no_lifetime',
      'time: expired',
      'revocation: revoked',
    ]);
  });

  it('before the claims need each other: what was not read is not judged', () => {
    const results = (token: string) =>
      world.verifier
        .inspect(token, [ISSUER])
        .steps.map(({ fault, skipped }) => fault ?? (skipped ? '-' : '+'))
        .join(' ');
    expect(results('x'.repeat(8193))).toBe('too_large - - - - - - - - -');
    expect(results('x')).toBe('+ not_compact - - - - - - - -');
    expect(results(compact({ ...HEADER, kid: 'x' }, CLAIMS))).toBe('+ + unknown_key - - - - - - -');
    expect(results(compact({ ...HEADER, alg: 'none' }, CLAIMS))).toContain('other_algorithm - -');
    expect(results(compact({ ...HEADER, typ: 'JWT' }, CLAIMS))).toContain('other_type - -');
    expect(results(compact(HEADER, { ...CLAIMS, aud: 'x' }, () => Buffer.alloc(64)))).toBe(
      '+ + + bad_signature - - - - - -',
    );
    expect(results(signed({ jti: 1, aud: 'x' }))).toBe('+ + + + wrong_claims - - - - -');
  });

  it('say of a good token on a stale index that nothing is certain, and of a bad one that it is bad', () => {
    world.clock.ticks = MAX_STALENESS_MS + 1;
    const last = (token: string) => world.verifier.inspect(token, [ISSUER]).steps.at(-1)?.fault;
    expect(last(signed())).toBe('stale');
    world.index.add({ kind: 'session', subject: CLAIMS.sid, ...REVOCATION });
    expect(last(signed())).toBe('revoked');
  });

  it('let nobody in by being told: what was only inspected is not remembered', () => {
    const token = signed();
    world.verifier.inspect(token, undefined);
    const { used } = world.keys;
    world.verifier.verify(token);
    expect(world.keys.used).toBe(used + 1);
  });

  it('do no cryptography for a token whose header is not ours', () => {
    for (const header of [
      { ...HEADER, kid: 'unknown' },
      { ...HEADER, alg: 'none' },
      { ...HEADER, crit: [] },
    ]) {
      world.refusal(compact(header, CLAIMS));
    }
    expect(world.keys.used).toBe(0);
  });

  it('do not even look at a token above 8 KiB', () => {
    expect(world.refusal(signed({ roles: ['x'.repeat(9000)] }))).toBe('size');
    expect(world.keys.asked).toBe(0);
  });
});

describe('the algorithm', () => {
  const pem = ours.publicKey.export({ format: 'pem', type: 'spki' });
  const der = ours.publicKey.export({ format: 'der', type: 'spki' });
  const jwk = JSON.stringify(ours.publicKey.export({ format: 'jwk' }));
  const hmac = (secret: string | Buffer) => (input: string) =>
    createHmac('sha256', secret).update(input).digest();

  it.each<[string, string | Buffer]>([
    ['PEM', pem],
    ['PEM without its last line break', pem.toString().trim()],
    ['DER', der],
    ['JWK', jwk],
    ['nothing', ''],
  ])('is not HS256 with the public key as the secret: %s', (_, secret) => {
    for (const alg of ['HS256', 'hs256', 'ES256']) {
      const token = compact({ ...HEADER, alg }, CLAIMS, hmac(secret));
      expect(world.refusal(token)).toBe(alg === 'ES256' ? 'signature' : 'header');
    }
  });

  it.each(['none', 'None', 'NONE', 'nOnE', ' none', 'none ', 'none\0', ''])('is not %j', (alg) => {
    for (const signature of ['', 'AA', encode('none')]) {
      const [header, payload] = compact({ ...HEADER, alg }, CLAIMS).split('.');
      expect(world.refusal(`${header}.${payload}.${signature}`)).toBe(
        signature === '' ? 'shape' : 'header',
      );
    }
  });

  it.each(['RS256', 'PS256', 'ES384', 'ES512', 'ES256K', 'EdDSA', 'HS512', 'es256', 'ES256 '])(
    'is not %s, though the key has signed it',
    (alg) => {
      expect(world.refusal(compact({ ...HEADER, alg }, CLAIMS))).toBe('header');
    },
  );

  it('is the one of the key, on its curve and with its hash', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
    expect(world.refusal(compact(HEADER, CLAIMS, (input) => ecdsa(input, other)))).toBe(
      'signature',
    );
    expect(
      world.refusal(compact(HEADER, CLAIMS, (input) => ecdsa(input, ours.privateKey, 'sha384'))),
    ).toBe('signature');
  });
});

describe('the signature', () => {
  const derEncoded = (input: string) => sign('sha256', Buffer.from(input), ours.privateKey);

  it.each<[string, (input: string) => Buffer]>([
    ['of another key', (input) => ecdsa(input, theirs.privateKey)],
    ['of another text', () => ecdsa('other')],
    ['of zeros', () => Buffer.alloc(64)], // CVE-2022-21449
    [
      'of r = n and s = n',
      () =>
        Buffer.from(
          'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'.repeat(2),
          'hex',
        ),
    ],
    ['cut by a byte', (input) => ecdsa(input).subarray(0, 63)],
    ['with a byte more', (input) => Buffer.concat([ecdsa(input), Buffer.of(0)])],
    ['in DER', derEncoded],
    ['that is empty but for one byte', () => Buffer.of(0)],
  ])('is not one %s', (_, signer) => {
    expect(world.refusal(compact(HEADER, CLAIMS, signer))).toBe('signature');
  });

  it('covers every character of header and payload', () => {
    const token = signed();
    const end = token.lastIndexOf('.');
    for (let at = 0; at < end; at += 7) {
      const other = token[at] === 'A' ? 'B' : 'A';
      expect(world.refusal(token.slice(0, at) + other + token.slice(at + 1))).toBeDefined();
    }
  });

  it('does not vouch for a header that was exchanged', () => {
    const [, payload, signature] = signed().split('.');
    const header = encode({ typ: 'at+jwt', alg: 'ES256', kid: KID });
    expect(world.refusal(`${header}.${payload}.${signature}`)).toBe('signature');
  });
});

describe('the key', () => {
  it.each([
    '',
    'unknown',
    '__proto__',
    'constructor',
    '../../../dev/null',
    "' OR '1'='1",
    'http://127.0.0.1/jwks.json',
    `${KID} `,
    KID.toLowerCase(),
    '\0',
    '0'.repeat(4000),
  ])('is found by its exact id, not by %j', (kid) => {
    expect(world.refusal(compact({ ...HEADER, kid }, CLAIMS))).toBe('header');
  });

  it('is never one that the token brings along', () => {
    const jwk = theirs.publicKey.export({ format: 'jwk' });
    const signer = (input: string) => ecdsa(input, theirs.privateKey);
    expect(world.refusal(compact({ ...HEADER, jwk }, CLAIMS, signer))).toBe('shape');
    expect(world.refusal(compact({ alg: 'ES256', typ: 'at+jwt', jwk }, CLAIMS, signer))).toBe(
      'shape',
    );
  });
});

describe('the type', () => {
  it.each(['JWT', 'jwt', 'AT+JWT', 'application/at+jwt', 'at+jwt ', 'rt+jwt', 'id+jwt', ''])(
    'is not %j',
    (typ) => {
      expect(world.refusal(compact({ ...HEADER, typ }, CLAIMS))).toBe('header');
    },
  );

  it('is not that of a refresh token', () => {
    expect(world.refusal(`${CLAIMS.sid}.1.${'A'.repeat(43)}`)).toBe('shape');
  });
});

describe('the payload', () => {
  it.each(['text', '', 'null', '[]', '"text"', '{', '1', '\ufeff{}'])(
    'is a JSON object, not %j',
    (payload) => {
      expect(world.refusal(compact(HEADER, payload === '' ? ' ' : payload))).toBe('claims');
    },
  );

  it('is not another token', () => {
    expect(world.refusal(compact(HEADER, signed()))).toBe('claims');
  });

  it('counts the last of two claims of one name, for every check alike', () => {
    const twice = (first: object) =>
      compact(HEADER, `${JSON.stringify(first).slice(0, -1)},${JSON.stringify(CLAIMS).slice(1)}`);
    expect(world.refusal(twice({ exp: 1, iss: 'x', roles: 'x' }))).toBeUndefined();
    const futureThenPast = `${JSON.stringify(CLAIMS).slice(0, -1)},"exp":${NOW - 100},"iat":${NOW - 200}}`;
    expect(world.refusal(compact(HEADER, futureThenPast))).toBe('time');
  });

  it.each<[string, unknown]>([
    ['exp', `${NOW + 600}`],
    ['exp', undefined],
    ['iat', `${NOW}`],
    ['sub', 1],
    ['sub', ['a']],
    ['jti', undefined],
    ['jti', { toString: 'x' }],
    ['roles', 'admin'],
    ['roles', { 0: 'admin', length: 1 }],
    ['ver', '7'],
    ['aud', [ISSUER]],
    ['aud', undefined],
    ['iss', [ISSUER]],
  ])('is not taken with %s as %j, though it is signed', (name, value) => {
    expect(world.refusal(signed({ [name]: value }))).toBe('claims');
  });
});

describe('issuer and audience', () => {
  const variants = [
    `${ISSUER}/`,
    `${ISSUER}.evil.example`,
    ISSUER.slice(0, -1),
    ISSUER.toUpperCase(),
    ` ${ISSUER}`,
    `${ISSUER}\0`,
    `${ISSUER}:443`,
    ISSUER.replace('https', 'http'),
    `x ${ISSUER}`,
  ];

  it.each(variants)('are compared as a whole: %j is neither', (value) => {
    expect(world.refusal(signed({ iss: value }))).toBe('issuer');
    expect(world.refusal(signed({ aud: value }))).toBe('audience');
  });
});

describe('time', () => {
  const at = (seconds: number) => {
    world.clock.millis = seconds * 1000;
  };

  it.each([
    ['one second before its end', -1, undefined],
    ['at its end', 0, undefined],
    ['in the last millisecond of the leeway', LEEWAY - 0.001, undefined],
    ['at the end of the leeway', LEEWAY, 'time'],
    ['a second later', LEEWAY + 1, 'time'],
  ])('%s', (_, offset, refusal) => {
    at(CLAIMS.exp + offset);
    expect(world.refusal(signed())).toBe(refusal);
  });

  it.each(['nbf', 'iat'] as const)(
    'lets %s lie in the future by the leeway and no further',
    (name) => {
      const times = (later: number) => ({ [name]: NOW + later, exp: NOW + 600 });
      expect(world.refusal(signed(times(LEEWAY)))).toBeUndefined();
      expect(world.refusal(signed(times(LEEWAY + 1)))).toBe('time');
      expect(world.refusal(signed(times(300)))).toBe('time');
    },
  );

  it('bounds the lifetime, even of what is signed', () => {
    expect(world.refusal(signed({ exp: NOW + CAP }))).toBeUndefined();
    expect(world.refusal(signed({ exp: NOW + CAP + 1 }))).toBe('lifetime');
    expect(world.refusal(signed({ exp: NOW }))).toBe('lifetime');
    expect(world.refusal(signed({ exp: NOW - 1 }))).toBe('lifetime');
    // The cap counts from `iat`, so `iat` cannot be moved to stretch it.
    expect(world.refusal(signed({ iat: NOW + CAP, exp: NOW + 2 * CAP }))).toBe('time');
  });

  it('is in seconds: milliseconds are no way to live for 50,000 years', () => {
    expect(world.refusal(signed({ exp: (NOW + 600) * 1000 }))).toBe('lifetime');
    const all = { exp: (NOW + 600) * 1000, iat: NOW * 1000, nbf: NOW * 1000 };
    expect(world.refusal(signed(all))).toBe('lifetime');
    expect(world.refusal(signed({ ...all, exp: NOW * 1000 + 600 }))).toBe('time');
    expect(
      world.refusal(compact(HEADER, JSON.stringify(CLAIMS).replace(`${CLAIMS.exp}`, '1e300'))),
    ).toBe('claims');
  });
});

describe('revocation', () => {
  it.each([
    { kind: 'token', subject: CLAIMS.jti, minVersion: null },
    { kind: 'session', subject: CLAIMS.sid, minVersion: null },
    { kind: 'principal', subject: CLAIMS.sub, minVersion: CLAIMS.ver + 1 },
    { kind: 'key', subject: KID, minVersion: null },
  ] as const)('of a $kind takes the token', (revocation) => {
    world.index.add({ ...revocation, expiresAt: REVOCATION.expiresAt });
    expect(world.refusal(signed())).toBe('revocation');
  });

  it('hits the id, byte for byte', () => {
    for (const subject of [
      CLAIMS.jti.toLowerCase(),
      `${CLAIMS.jti} `,
      CLAIMS.sid.toUpperCase(),
      '',
    ]) {
      world.index.add({ kind: 'token', subject, ...REVOCATION });
      world.index.add({ kind: 'session', subject, ...REVOCATION });
    }
    world.index.add({
      kind: 'principal',
      subject: CLAIMS.sub,
      ...REVOCATION,
      minVersion: CLAIMS.ver,
    });
    expect(world.refusal(signed())).toBeUndefined();
  });

  it('takes every encoding of the same content', () => {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const token = signed();
    const [header, payload, signature = ''] = token.split('.');
    const bytes = Buffer.from(signature, 'base64url');
    const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
    const mirrored = Buffer.concat([
      bytes.subarray(0, 32),
      Buffer.from(s.toString(16).padStart(64, '0'), 'hex'),
    ]);
    // The last of 86 characters carries 4 bits of no meaning.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet[alphabet.indexOf(signature.slice(-1)) ^ 1] ?? '';
    const encodings = [
      `${header}.${payload}.${mirrored.toString('base64url')}`,
      `${header}.${payload}.${signature.slice(0, -1)}${last}`,
    ];
    for (const encoding of encodings) expect(world.refusal(encoding)).toBeUndefined();
    world.index.add({ kind: 'token', subject: CLAIMS.jti, ...REVOCATION });
    for (const encoding of encodings) expect(world.refusal(encoding)).toBe('revocation');
    expect(world.refusal(token)).toBe('revocation');
  });

  it('that may have been missed is a 503, and never lets in', () => {
    world.clock.ticks = MAX_STALENESS_MS;
    expect(world.refusal(signed())).toBeUndefined();
    world.clock.ticks = MAX_STALENESS_MS + 1;
    expect(() => world.verifier.verify(signed())).toThrow(RevocationStateStale);
  });

  it('that is known is a 401, also when others may have been missed', () => {
    world.index.add({ kind: 'token', subject: CLAIMS.jti, ...REVOCATION });
    world.clock.ticks = 1e9;
    expect(world.refusal(signed())).toBe('revocation');
  });

  it('is not what a bad token is told about: it is bad on a stale replica, too', () => {
    world.clock.ticks = 1e9;
    expect(world.refusal(signed({ iss: 'x' }))).toBe('issuer');
  });
});

describe('a token that was verified before', () => {
  let token: string;
  beforeEach(() => {
    token = signed();
    world.verifier.verify(token);
  });

  it('is not verified anew', () => {
    const principal = world.verifier.verify(token);
    expect(world.verifier.verify(token)).toBe(principal);
    expect(world.keys.used).toBe(1);
  });

  it('is refused once it is revoked', () => {
    world.index.add({ kind: 'session', subject: CLAIMS.sid, ...REVOCATION });
    expect(world.refusal(token)).toBe('revocation');
  });

  it('is refused once its key is revoked', () => {
    world.index.add({ kind: 'key', subject: KID, ...REVOCATION });
    expect(world.refusal(token)).toBe('revocation');
  });

  it('is verified anew when the keys have changed, and refused when its key is gone', () => {
    world.keys.generation++;
    world.verifier.verify(token);
    expect(world.keys.used).toBe(2);
    world.keys.generation++;
    world.keys.find = () => undefined;
    expect(world.refusal(token)).toBe('header');
  });

  it('is refused once it has expired, and when the clock stands before it was issued', () => {
    world.clock.millis = (CLAIMS.exp + LEEWAY) * 1000;
    expect(world.refusal(token)).toBe('time');
    world.clock.millis = (NOW - LEEWAY - 1) * 1000;
    expect(world.refusal(token)).toBe('time');
  });

  it('is not let in on a stale index', () => {
    world.clock.ticks = MAX_STALENESS_MS + 1;
    expect(() => world.verifier.verify(token)).toThrow(RevocationStateStale);
  });

  it('vouches for no other that differs in its signature only', () => {
    const [header, payload] = token.split('.');
    for (const signature of [Buffer.alloc(64), ecdsa(`${header}.${payload}`, theirs.privateKey)]) {
      expect(world.refusal(`${header}.${payload}.${signature.toString('base64url')}`)).toBe(
        'signature',
      );
    }
  });

  it('vouches for no other that differs in its payload only', () => {
    const [header, , signature] = token.split('.');
    expect(world.refusal(`${header}.${encode({ ...CLAIMS, roles: ['admin'] })}.${signature}`)).toBe(
      'signature',
    );
  });
});

describe('a token that was refused', () => {
  it('is not remembered as a good one, whatever the reason was', () => {
    const token = signed({ nbf: NOW + 60 });
    expect(world.refusal(token)).toBe('time');
    expect(world.refusal(token)).toBe('time');
    world.clock.millis += 60_000;
    expect(world.refusal(token)).toBeUndefined();
  });
});

describe('recognising a token', () => {
  it('is about who issued it: time, audience and revocation do not matter', () => {
    world.index.add({ kind: 'token', subject: CLAIMS.jti, ...REVOCATION });
    const times = { iat: NOW + 3600, nbf: NOW + 3600, exp: NOW + 4000 };
    for (const claims of [{}, { aud: 'urn:example:other' }, { exp: NOW - 3600 }, times])
      expect(world.verifier.recognise(signed(claims)).claims.jti).toBe(CLAIMS.jti);
  });

  it.each([
    ['size', 'x'.repeat(8193)],
    ['shape', 'garbage'],
    ['header', compact({ ...HEADER, alg: 'none' }, CLAIMS)],
    ['signature', `${signed().slice(0, -4)}AAAA`],
    ['claims', signed({ jti: 1 })],
    ['issuer', signed({ iss: 'https://other.example' })],
  ])('fails at what others could have made: %s', (step, token) => {
    expect(() => world.verifier.recognise(token)).toThrow(new TokenRefused(step as 'size'));
  });

  it('makes no token pass that would not pass otherwise', () => {
    const expired = signed({ exp: NOW - 3600, iat: NOW - 4000 });
    world.verifier.recognise(expired);
    expect(world.refusal(expired)).toBe('time');
  });
});
