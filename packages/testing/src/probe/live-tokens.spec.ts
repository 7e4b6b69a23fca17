import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Servers } from '../../test/servers.js';
import { WeakService } from '../../test/weak-service.js';
import { AUDIENCE } from '../../test/weak-verification.js';
import type { Weakness } from '../../test/weak-verification.js';
import { TestClock } from '../mock/test-clock.js';
import { startMockIssuer } from '../mock/mock-issuer.js';
import type { MockIssuer } from '../mock/mock-issuer.js';
import { liveTokens } from './live-tokens.js';
import type { LiveOptions } from './live-tokens.js';
import { CHECK_NAMES, probeService } from './probe.js';
import type { ProbeReport } from './probe.js';

/** What no Signet issues, or only administrators can do. */
const NEVER = ['notYetValid', 'wrongIssuer', 'withoutType', 'nextKey'];
const SECRET = 'correct horse';
/** The probe, and the service, which asks about revocations. */
const CLIENTS = { probe: SECRET, notes: 'secret' };

let signet: MockIssuer; // it answers at the same addresses, and in the same way
const servers = new Servers();
beforeEach(async () => {
  signet = servers.add(await startMockIssuer({ clients: CLIENTS }));
});
afterEach(() => servers.close());

const connect = (options: Partial<LiveOptions> = {}) =>
  liveTokens({
    issuer: signet.issuer,
    clientId: 'probe',
    clientSecret: SECRET,
    resource: AUDIENCE,
    ...options,
  });

async function probe(
  options: Partial<LiveOptions> = {},
  ...weaknesses: readonly Weakness[]
): Promise<ProbeReport> {
  const { url } = servers.add(await WeakService.start(signet, ...weaknesses));
  return probeService({ url, tokens: await connect(options), revocationBound: 0 });
}

const names = ({ results }: ProbeReport, outcome: string) =>
  results.filter((result) => result.outcome === outcome).map(({ name }) => name);

describe('the probe with a real Signet', () => {
  it('finds nothing wrong with a careful service, and says what it could not test', async () => {
    const report = await probe();
    const untested = [...NEVER, 'expired', 'refreshToken'];
    expect(names(report, 'failed')).toEqual([]);
    expect(names(report, 'untested').sort()).toEqual(untested.sort());
    expect(names(report, 'passed')).toHaveLength(CHECK_NAMES.length - untested.length);
    const details = Object.fromEntries(report.results.map(({ name, detail }) => [name, detail]));
    expect(details).toMatchObject({
      expired: 'a token has to end first: that takes 660 s',
      wrongIssuer: 'Signet issues no such token, so only a mock issuer can try it',
      refreshToken: 'service accounts get no refresh token, and none was given',
      nextKey: 'only administrators of Signet rotate its keys',
    });
  });

  it.each([
    'wrongAudience',
    'tampered',
    'embeddedKey',
    'algNone',
    'keyConfused',
    'queryToken',
    'twoHeaders',
    'revoked',
  ] as const)('finds %s, and nothing else', async (weakness) => {
    expect(names(await probe({}, weakness), 'failed')).toEqual([weakness]);
  });

  it('takes tokens of the other resource that is named', async () => {
    const report = await probe({ otherResource: 'https://other.example.com' }, 'wrongAudience');
    expect(report.results.find(({ name }) => name === 'wrongAudience')?.detail).toBe(
      'answered 200 to a token for https://other.example.com',
    );
  });

  it('tries a refresh token that it is given', async () => {
    const refreshToken = signet.refreshToken();
    expect(names(await probe({ refreshToken }), 'passed')).toContain('refreshToken');
    expect(names(await probe({ refreshToken }, 'refreshToken'), 'failed')).toEqual([
      'refreshToken',
    ]);
  });

  it('waits for the end of a token when it may', async () => {
    const clock = new TestClock();
    signet = servers.add(await startMockIssuer({ clients: CLIENTS, lifetime: 30, clock }));
    const waits: number[] = [];
    const sleep = (seconds: number) => {
      waits.push(seconds);
      return Promise.resolve();
    };
    const tokens = await connect({ maxWait: 90, sleep });
    expect(await tokens.bad('expired')).toHaveLength(1);
    expect(waits).toEqual([90]);
    await expect((await connect({ maxWait: 89, sleep })).bad('expired')).rejects.toThrow('90 s');
    expect(waits).toEqual([90]);
  });

  it('says what Signet answered when it gives no token', async () => {
    const tokens = await connect({ clientSecret: 'wrong' });
    await expect(tokens.good()).rejects.toThrow(
      /^Signet answered 401 invalid_client at token_endpoint$/,
    );
  });
});

describe('the probe and its credentials', () => {
  /** An issuer whose metadata say this. */
  const connectTo = (metadata: object) =>
    connect({
      fetch: () => Promise.resolve(Response.json({ issuer: signet.issuer, ...metadata })),
    });

  it('believe no metadata of somebody else (RFC 8414 3.3)', async () => {
    for (const issuer of [`${signet.issuer}/`, 'https://evil.example', undefined])
      await expect(connectTo({ issuer })).rejects.toThrow('is not of');
  });

  it('go to no address outside of the issuer', async () => {
    for (const address of ['https://evil.example/token', 'javascript:x', '/token', undefined, 1]) {
      const tokens = await connectTo({ token_endpoint: address });
      await expect(tokens.good()).rejects.toThrow('no token_endpoint at its own origin');
    }
  });

  it('follow no redirect', async () => {
    const front = await servers.front(signet.jwksUri, () => 307, { location: signet.issuer });
    await expect(connect({ issuer: front.url.slice(0, -1) })).rejects.toThrow();
    expect(front.requests).toBe(1);
  });

  it('have a name and a secret of any characters', async () => {
    signet = servers.add(await startMockIssuer({ clients: { 'pro:be': 'ä+ %&=' } }));
    const tokens = await connect({ clientId: 'pro:be', clientSecret: 'ä+ %&=' });
    expect((await tokens.good()).split('.')).toHaveLength(3);
  });
});

describe('tokens that are encrypted for the service', () => {
  it('are sent, and nothing is made of them', async () => {
    const tokens = await connect({
      fetch: async (input, init) => {
        const url = new URL(input instanceof Request ? input.url : input);
        if (url.pathname !== '/oauth/token') return fetch(input, init);
        return Response.json({ access_token: 'a.b.c.d.e', expires_in: 600 });
      },
    });
    expect(await tokens.good()).toBe('a.b.c.d.e');
    for (const kind of ['tampered', 'oversized'] as const)
      await expect(tokens.bad(kind)).rejects.toThrow('are encrypted');
  });
});
