import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Servers } from '../../test/servers.js';
import { WeakService } from '../../test/weak-service.js';
import { AUDIENCE } from '../../test/weak-verification.js';
import type { Weakness } from '../../test/weak-verification.js';
import { createMockIssuer } from '../mock/mock-issuer.js';
import type { MockIssuer } from '../mock/mock-issuer.js';
import { CHECK_NAMES, probeService } from './probe.js';
import type { MockProbeOptions, ProbeReport } from './probe.js';
import { tableOf } from './report.js';

let issuer: MockIssuer;
beforeAll(async () => {
  issuer = await createMockIssuer();
});

const servers = new Servers();
afterEach(() => servers.close());

const serviceWith = async (...weaknesses: readonly Weakness[]) =>
  servers.add(await WeakService.start(issuer, ...weaknesses));

const probe = (url: string, options: Partial<MockProbeOptions> = {}) =>
  probeService({ url, issuer, audience: AUDIENCE, revocationBound: 0, ...options });

const names = ({ results }: ProbeReport, outcome: string) =>
  results.filter((result) => result.outcome === outcome).map(({ name }) => name);
const detail = ({ results }: ProbeReport, name: string) =>
  results.find((result) => result.name === name)?.detail;

const REFUSALS = CHECK_NAMES.filter(
  (name) => !['accepts', 'acceptsAgain', 'nextKey', 'lowerCaseScheme'].includes(name),
);

describe('the probe', () => {
  it('finds nothing wrong with a careful service', async () => {
    const { url } = await serviceWith();
    const report = await probe(url);
    expect(names(report, 'passed')).toEqual(CHECK_NAMES);
    expect(report.ok).toBe(true);
  });

  it.each(CHECK_NAMES.filter((name) => name !== 'accepts'))(
    'finds %s, and nothing else, in a service with just that mistake',
    async (name) => {
      const { url } = await serviceWith(name as Weakness); // there is a weakness for each check
      const report = await probe(url);
      expect(names(report, 'failed')).toEqual([name]);
      expect(names(report, 'passed')).toHaveLength(CHECK_NAMES.length - 1);
      expect(report.ok).toBe(false);
    },
  );

  it('tests nothing of a service that takes no good token', async () => {
    const service = await serviceWith('accepts');
    const report = await probe(service.url);
    expect(names(report, 'failed')).toEqual(['accepts']);
    expect(names(report, 'untested')).toHaveLength(CHECK_NAMES.length - 1);
    expect(service.requests).toBe(1);
    expect(report.ok).toBe(false);
  });

  it.each([500, 503, 302, 408, 429])('takes %d for no refusal', async (status) => {
    const { url } = await serviceWith();
    const front = await servers.front(url, (refusal) => (refusal >= 400 ? status : refusal));
    // A header of 64 KiB does not come through to the service.
    const expected = REFUSALS.filter((name) => name !== 'oversized');
    expect(names(await probe(front.url), 'failed')).toEqual(expected);
  });

  it.each([400, 401, 403, 404])('takes %d for a refusal', async (status) => {
    const { url } = await serviceWith();
    const front = await servers.front(url, (refusal) => (refusal >= 400 ? status : refusal));
    expect((await probe(front.url)).ok).toBe(true);
  });

  it('says that nobody is there', async () => {
    const service = await WeakService.start(issuer);
    const { url } = service;
    await service.close();
    const report = await probe(url);
    expect(names(report, 'failed')).toEqual(['accepts']);
    expect(detail(report, 'accepts')).toMatch(/^gave no answer \(.*ECONNREFUSED.*\)/);
  });

  it('sends to the URL that it was given only: it follows nobody elsewhere', async () => {
    const elsewhere = await serviceWith();
    const front = await servers.front(elsewhere.url, () => 302, { location: elsewhere.url });
    const { requests } = elsewhere;
    const report = await probe(front.url);
    expect(detail(report, 'accepts')).toBe('answered 302 to a good token');
    expect(elsewhere.requests - requests).toBe(front.requests); // its own, each time it was asked
  });

  it('calls the route as it is told to', async () => {
    const { url } = await serviceWith();
    const front = await servers.front(url, (status) => status);
    const report = await probe(`${front.url}?page=2`, {
      method: 'POST',
      headers: { 'x-tenant': 'a' },
      body: '{}',
    });
    expect(report.ok).toBe(true);
    expect(
      front.seen.every(({ method, tenant, body }) => `${method} ${tenant} ${body}` === 'POST a {}'),
    ).toBe(true);
    expect(front.seen.every(({ path }) => path.startsWith('/?page=2'))).toBe(true);
  });

  it('lets good tokens say what the route wants', async () => {
    const { url } = await serviceWith();
    const front = await servers.front(url, (status, claims) =>
      status === 200 && claims.scope !== 'read' ? 403 : status,
    );
    expect((await probe(front.url, { token: { scope: 'read' } })).ok).toBe(true);
    expect(names(await probe(front.url), 'failed')).toEqual(['accepts']);
  });

  describe('tells of a gap', () => {
    it('that is known without failing for it', async () => {
      const { url } = await serviceWith('withoutType', 'queryToken');
      const report = await probe(url, { knownGaps: ['withoutType', 'queryToken', 'expired'] });
      expect(names(report, 'known')).toEqual(['withoutType', 'queryToken']);
      expect(names(report, 'passed')).toContain('expired');
      expect(report.ok).toBe(true);
    });

    it('that is known, and fails for another', async () => {
      const { url } = await serviceWith('withoutType', 'queryToken');
      const report = await probe(url, { knownGaps: ['withoutType'] });
      expect(names(report, 'failed')).toEqual(['queryToken']);
      expect(report.ok).toBe(false);
    });

    it('only when there is such a check, and not of all at once', async () => {
      const { url } = await serviceWith();
      await expect(probe(url, { knownGaps: ['typo'] })).rejects.toThrow('There is no check "typo"');
      await expect(probe(url, { knownGaps: ['accepts'] })).rejects.toThrow('cannot be tested');
    });
  });

  describe('of revocations', () => {
    it('tests nothing without a bound', async () => {
      const { url } = await serviceWith();
      const report = await probeService({ url, issuer, audience: AUDIENCE });
      expect(names(report, 'untested')).toEqual(['revoked']);
      expect(detail(report, 'revoked')).toBe('no bound for revocations was stated');
      expect(report.ok).toBe(true);
    });

    it('waits for one that takes a while, until the bound and no longer', async () => {
      const { url } = await serviceWith();
      const late = () => servers.late(url, 3); // takes a revoked token three times more
      expect(names(await probe((await late()).url, { revocationBound: 5 }), 'failed')).toEqual([]);
      const report = await probe((await late()).url, { revocationBound: 0.15 });
      expect(names(report, 'failed')).toEqual(['revoked']);
      expect(detail(report, 'revoked')).toBe(
        'answered 200 to the token 0.2 s after its revocation',
      );
    });
  });

  it('refuses what makes no sense', async () => {
    await expect(probe('ftp://127.0.0.1/')).rejects.toThrow('must be of http or https');
    await expect(probe('nowhere')).rejects.toThrow('Invalid URL');
    await expect(
      probe('http://127.0.0.1/', { headers: { AUTHORIZATION: 'Bearer x' } }),
    ).rejects.toThrow('what the probe sends itself');
  });

  it('has no token in its report', async () => {
    const { url } = await serviceWith('expired', 'queryToken');
    const report = await probe(url);
    expect(`${JSON.stringify(report)}${tableOf(report)}`).not.toMatch(/eyJ/);
  });

  it('prints a table', async () => {
    const { url } = await serviceWith('expired', 'withoutType');
    const report = await probe(url, { knownGaps: ['withoutType'] });
    const lines = tableOf(report).split('\n');
    expect(lines).toHaveLength(CHECK_NAMES.length + 2);
    expect(lines[0]).toMatch(/^ok {10}accepts +takes a good token +answered 200 to a good token$/);
    expect(tableOf(report)).toMatch(/^FAILED {6}expired .* answered 200 to a token that ended/m);
    expect(tableOf(report)).toMatch(/^known gap {3}withoutType /m);
    expect(lines.at(-1)).toBe('22 passed, 1 failed, 1 known gaps, 0 not tested');
  });
});
