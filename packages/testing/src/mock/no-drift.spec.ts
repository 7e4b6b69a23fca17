import { createPublicKey } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { loadSettings } from '../../../../src/config/settings.js';
import { generateKey } from '../../../../src/keys/key-material.js';
import type { SigningKeyPair, VerificationKey } from '../../../../src/keys/key-material.js';
import type { KeyRing } from '../../../../src/keys/key-ring.js';
import { Clock } from '../../../../src/platform/clock.js';
import { ExpiryClock } from '../../../../src/platform/expiry-clock.js';
import type { WatchDatabase } from '../../../../src/platform/database/database.js';
import type { HistoryMark } from '../../../../src/revocation/history-mark.js';
import { RevocationFeed } from '../../../../src/revocation/revocation-feed.js';
import { RevocationIndex } from '../../../../src/revocation/revocation-index.js';
import { RevocationsRepository } from '../../../../src/revocation/revocations.repository.js';
import type { ActorClaim } from '../../../../src/tokens/claims.js';
import type { TokenGrant } from '../../../../src/tokens/mint.js';
import { TokenIssuer } from '../../../../src/tokens/token-issuer.js';
import { TokenRefused, TokenVerifier } from '../../../../src/tokens/token-verifier.js';
import { VerificationSteps } from '../../../../src/tokens/verification-steps.js';
import type { VerificationStep } from '../../../../src/tokens/verification-steps.js';
import { readToken } from '../jws.js';
import { BAD_TOKENS } from './bad-tokens.js';
import type { BadTokenName } from './bad-tokens.js';
import { createMockIssuer } from './mock-issuer.js';
import type { MockIssuer } from './mock-issuer.js';
import type { MockAlgorithm } from './mock-keys.js';
import { TestClock } from './test-clock.js';
import type { TokenRequest } from './token-request.js';

const ISSUER = 'https://id.example.com';
const NOW = 1_800_000_000_500;
const settings = loadSettings({ ISSUER_URL: ISSUER });

const SUBJECT = '4b8f2c6e-3c1d-4a53-9d52-6a1b7f0e8c11';
const SESSION = '0d7c5b1a-6f7e-4c2b-8a90-1e2f3a4b5c6d';
const SERVICE = '9a4e7a52-11c6-4d0f-b6d3-5d6a1c9e2f77';
const RESOURCE = 'https://notes.example.com';

const ACTOR: ActorClaim = { sub: SERVICE, sid: SESSION, ver: 2 };

/** A request to the mock, and the grant of Signet that it stands for. */
const SAME: Readonly<Record<string, [TokenRequest, TokenGrant]>> = {
  'a person at a resource': [
    {
      sub: SUBJECT,
      sessionId: SESSION,
      audience: RESOURCE,
      scope: 'read write',
      roles: ['editor'],
      userClaims: { team: 'a' },
      lifetime: 90,
      authTime: NOW / 1000 - 5,
      amr: ['pwd'],
    },
    {
      subject: SUBJECT,
      clientId: 'signet',
      sessionId: SESSION,
      authentication: { time: NOW - 5000, amr: ['pwd'] },
      audience: RESOURCE,
      roles: ['editor'],
      scope: ['read', 'write'],
      statusIndex: 0,
      tokenVersion: 1,
      userClaims: { team: 'a' },
      lifetime: 90_000,
      asOf: NOW,
    },
  ],
  "a person at Signet's own API": [
    { sub: SUBJECT, sessionId: SESSION },
    {
      subject: SUBJECT,
      clientId: 'signet',
      sessionId: SESSION,
      authentication: { time: NOW, amr: ['pwd'] },
      roles: [],
      scope: [],
      statusIndex: 0,
      tokenVersion: 1,
      asOf: NOW,
    },
  ],
  'a service': [
    { sub: SERVICE, service: true, sessionId: SESSION, audience: RESOURCE, scope: ['read'] },
    {
      subject: SERVICE,
      clientId: SERVICE,
      sessionId: SESSION,
      audience: RESOURCE,
      roles: [],
      scope: ['read'],
      statusIndex: 0,
      tokenVersion: 1,
      asOf: NOW,
    },
  ],
  'a service that acts for a person': [
    {
      sub: SUBJECT,
      clientId: SERVICE,
      sessionId: SESSION,
      audience: RESOURCE,
      scope: ['read'],
      actor: ACTOR,
    },
    {
      subject: SUBJECT,
      clientId: SERVICE,
      sessionId: SESSION,
      authentication: { time: NOW, amr: ['pwd'] },
      audience: RESOURCE,
      roles: [],
      scope: ['read'],
      statusIndex: 0,
      tokenVersion: 1,
      actor: ACTOR,
      asOf: NOW,
    },
  ],
};

describe('a token of the mock', () => {
  let mock: MockIssuer;
  let signet: TokenIssuer;
  let active: SigningKeyPair;
  beforeAll(async () => {
    mock = await createMockIssuer({ issuer: ISSUER, clock: new TestClock(NOW) });
    active = await generateKey('ES256');
    const keys: Pick<KeyRing, 'active'> = { active };
    // The issuer asks its key ring for the active key only.
    signet = new TokenIssuer(keys as unknown as KeyRing, settings);
  });

  it.each(Object.entries(SAME))("is Signet's own, for %s", (_, [request, grant]) => {
    const ours = readToken(mock.token(request));
    const theirs = readToken(signet.issue(grant).token);
    expect(ours.header).toEqual({ ...theirs.header, kid: mock.jwks.keys[0]?.kid });
    expect(Object.keys(ours.header)).toEqual(Object.keys(theirs.header));
    expect(ours.claims).toEqual({ ...theirs.claims, jti: ours.claims.jti });
    expect(Object.keys(ours.claims)).toEqual(Object.keys(theirs.claims));
    expect(ours.claims.jti).toMatch(/^[\w-]{22}$/);
    expect(ours.claims.jti).not.toBe(theirs.claims.jti);
  });
});

/** The clock of the server's classes, moved by the one of the mock. */
class SameClock extends Clock {
  constructor(private readonly clock: TestClock) {
    super();
  }
  override now = () => this.clock.now();
  override monotonic = () => 0;
}

/** A database in which nothing was ever revoked. */
const noMark = { read: () => Promise.resolve(undefined), note: () => undefined };
const emptyHistory = {
  dialect: 'sqlite',
  select: () => Promise.resolve([{ revision: 0, now: 0 }]),
};

/** Signet's verifier, with the keys that the mock publishes. */
class Signet {
  readonly index = new RevocationIndex();
  readonly feed: RevocationFeed;
  readonly verifier: TokenVerifier;

  constructor(mock: MockIssuer, testClock: TestClock) {
    const clock = new SameClock(testClock);
    const keys: Pick<KeyRing, 'find' | 'generation'> = {
      generation: 0,
      find: (kid) => publishedKey(mock, kid),
    };
    this.feed = new RevocationFeed(
      new RevocationsRepository(emptyHistory as unknown as WatchDatabase), // all that it uses
      this.index,
      noMark as unknown as HistoryMark, // likewise
      clock,
      new ExpiryClock(clock),
      settings,
      pino({ enabled: false }),
    );
    const steps = new VerificationSteps(
      keys as unknown as KeyRing, // the steps only find keys
      this.index,
      this.feed,
      clock,
      settings,
    );
    this.verifier = new TokenVerifier(steps, settings);
  }

  /** The step at which the token is refused for Signet's own API; undefined when it is taken. */
  refusal(token: string): VerificationStep | undefined {
    return stepOf(() => this.verifier.verify(token));
  }

  /** Whether it is good for whomever, which is what introspection calls active. */
  isActive(token: string): boolean {
    return stepOf(() => this.verifier.verifyForAnyone(token)) === undefined;
  }
}

function stepOf(verify: () => unknown): VerificationStep | undefined {
  try {
    verify();
    return undefined;
  } catch (error) {
    if (error instanceof TokenRefused) return error.step;
    throw error;
  }
}

function publishedKey(mock: MockIssuer, kid: string): VerificationKey | undefined {
  const jwk = mock.jwks.keys.find((key) => key['kid'] === kid);
  if (jwk === undefined) return undefined;
  const algorithm = jwk['alg'] as MockAlgorithm; // the set says just these
  return { kid, algorithm, publicKey: createPublicKey({ key: { ...jwk }, format: 'jwk' }) };
}

/** Where Signet's own verifier refuses each; `revoked` it takes, as long as nobody told it. */
const STEPS: Readonly<Record<BadTokenName, VerificationStep>> = {
  expired: 'time',
  notYetValid: 'time',
  wrongAudience: 'audience',
  wrongIssuer: 'issuer',
  tampered: 'signature',
  unsigned: 'shape',
  algNone: 'shape',
  keyConfused: 'header',
  unknownKey: 'header',
  foreignKey: 'signature',
  embeddedKey: 'shape',
  criticalExtension: 'shape',
  withoutType: 'shape',
  withoutExpiry: 'claims',
  lifetimeTooLong: 'lifetime',
  oversized: 'size',
  revoked: 'revocation',
  refreshToken: 'shape',
};

describe.each(['ES256', 'ES384', 'RS256', 'PS256'] as const)(
  "Signet's verifier, given the mock's %s keys",
  (algorithm) => {
    let mock: MockIssuer;
    let clock: TestClock;
    let signet: Signet;
    beforeAll(async () => {
      clock = new TestClock(NOW);
      mock = await createMockIssuer({ issuer: ISSUER, algorithm, clock });
    });
    beforeEach(async () => {
      signet = new Signet(mock, clock);
      await signet.feed.poll();
    });
    afterEach(() => clock.advance((NOW - clock.now()) / 1000));

    const isActive = async (token: string) => {
      const answer = await mock.fetch(`${ISSUER}/oauth/introspect`, {
        method: 'POST',
        body: new URLSearchParams({ token, client_id: 'service', client_secret: 'secret' }),
      });
      return ((await answer.json()) as { active: boolean }).active;
    };

    it('takes a good token, until it ends', async () => {
      const token = mock.token();
      expect(signet.refusal(token)).toBeUndefined();
      expect(await isActive(token)).toBe(true);
      clock.advance(604.499); // leeway is 5 s, and `iat` was rounded down
      expect(signet.refusal(token)).toBeUndefined();
      expect(await isActive(token)).toBe(true);
      clock.advance(0.001);
      expect(signet.refusal(token)).toBe('time');
      expect(await isActive(token)).toBe(false);
    });

    it.each(Object.entries(STEPS))('refuses %s at its %s', (name, step) => {
      const token = mock[name as BadTokenName]();
      if (step === 'revocation') {
        expect(signet.refusal(token)).toBeUndefined();
        const subject = readToken(token).claims['jti'] as string; // each token has one
        signet.index.add({ kind: 'token', subject, minVersion: null, expiresAt: NOW * 2 });
      }
      expect(signet.refusal(token)).toBe(step);
    });

    it('agrees with introspection about every token, whomever it is for', async () => {
      for (const { name, token } of mock.badTokens()) {
        if (name === 'revoked' || name === 'refreshToken') continue; // known to the mock, not to this verifier
        expect([name, await isActive(token)]).toEqual([name, signet.isActive(token)]);
      }
    });

    it('refuses every spelling of "none" and every form of the key as a secret', () => {
      for (const alg of ['None', 'NONE', 'nOnE', ' none', ''])
        expect(signet.refusal(mock.algNone({ alg }))).toBe('shape');
      for (const secret of ['pem', 'trimmed pem', 'der', 'jwk'] as const)
        expect(signet.refusal(mock.keyConfused({ secret }))).toBe('header');
    });
  },
);

describe('a key of the mock', () => {
  let mock: MockIssuer;
  let signet: Signet;
  beforeEach(async () => {
    const clock = new TestClock(NOW);
    mock = await createMockIssuer({ issuer: ISSUER, clock });
    signet = new Signet(mock, clock);
    await signet.feed.poll();
  });

  it('gives way to the next one, and verifies what it signed', async () => {
    const before = mock.token();
    await mock.rotate();
    const after = mock.token();
    expect(readToken(after).header['kid']).not.toBe(readToken(before).header['kid']);
    expect([before, after].map((token) => signet.refusal(token))).toEqual([undefined, undefined]);
  });

  it('was published before it signs', async () => {
    const kids = mock.jwks.keys.map((key) => key['kid']);
    await mock.rotate();
    expect(kids).toContain(readToken(mock.token()).header['kid']);
  });

  it.each(['active', 'next', 'retired'])(
    'verifies nothing once it is compromised, when it is %s',
    async (state) => {
      const first = mock.token();
      if (state === 'retired') await mock.rotate();
      const key = mock.jwks.keys[state === 'next' ? 1 : 0];
      const kid = state === 'retired' ? readToken(first).header['kid'] : key?.['kid'];
      await mock.compromise(kid as string); // each key has one
      expect(mock.jwks.keys.map((each) => each['kid'])).not.toContain(kid);
      expect(signet.refusal(first)).toBe(state === 'next' ? undefined : 'header');
      expect(signet.refusal(mock.token())).toBeUndefined();
    },
  );

  it('is compromised by its id, of a key that there is', async () => {
    await expect(mock.compromise('unknown')).rejects.toThrow('There is no key unknown');
  });
});

describe('the list of bad tokens', () => {
  it('has each of them', async () => {
    const mock = await createMockIssuer();
    const names = mock.badTokens().map(({ name }) => name);
    expect(names).toEqual(Object.keys(BAD_TOKENS));
    expect([...names].sort()).toEqual(Object.keys(STEPS).sort());
  });
});
