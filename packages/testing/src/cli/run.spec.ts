import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Servers } from '../../test/servers.js';
import { WeakService } from '../../test/weak-service.js';
import { AUDIENCE } from '../../test/weak-verification.js';
import { startMockIssuer } from '../mock/mock-issuer.js';
import { CHECK_NAMES } from '../probe/probe.js';
import type { ProbeReport } from '../probe/probe.js';
import { run } from './run.js';
import { USAGE } from './usage.js';

const servers = new Servers();
afterEach(() => servers.close());

/** Runs the command; what it wrote comes back with its exit code. */
async function probe(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const lines: string[] = [];
  const notes: string[] = [];
  const code = await run({
    argv,
    env,
    out: (text) => lines.push(text),
    note: (text) => notes.push(text),
  });
  return { code, out: lines.join('\n'), notes: notes.join('\n') };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await servers.listen(server);
  const { port } = server.address() as AddressInfo; // it listens on a port
  await servers.close();
  return port;
}

/** A service that trusts the issuer at the port, as its owner would have configured it. */
async function serviceTrusting(port: number): Promise<string> {
  const issuer = `http://127.0.0.1:${port}`;
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));
  const server = createServer(({ headers, rawHeaders }, response) => {
    const { authorization = '' } = headers;
    const count = rawHeaders.filter((text) => /^authorization$/i.test(text)).length;
    const token = /^Bearer ([\w.-]+)$/i.exec(authorization)?.[1];
    jwtVerify(count === 1 ? (token ?? '') : '', keys, {
      issuer,
      audience: AUDIENCE,
      typ: 'at+jwt',
    }).then(
      ({ payload }) => response.writeHead(payload['scope'] === 'read' ? 200 : 403).end(),
      () => response.writeHead(401).end(),
    );
  });
  await servers.listen(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const MOCK = ['mock', '--audience', AUDIENCE, '--scope', 'read'];

describe('signet-probe mock', () => {
  it('tells of a service that trusts the mock at the port', async () => {
    const port = await freePort();
    const url = await serviceTrusting(port);
    const { code, out, notes } = await probe([...MOCK, '--url', url, '--port', `${port}`]);
    expect(out).toMatch(/^ok {10}accepts /);
    expect(out).toMatch(/^not tested {2}revoked .* no bound for revocations was stated$/m);
    expect(out.split('\n').at(-1)).toBe(
      `${CHECK_NAMES.length - 1} passed, 0 failed, 0 known gaps, 1 not tested`,
    );
    expect(notes).toBe(
      `The mock issuer http://127.0.0.1:${port} is up; its keys are at port ${port}`,
    );
    expect(code).toBe(0);
  });

  it('fails with a service that fails, unless the gap is known', async () => {
    const port = await freePort();
    const url = await serviceTrusting(port);
    const options = [...MOCK, '--url', url, '--port', `${port}`, '--revocation-bound', '100ms'];
    const { code, out } = await probe([...options, '--json']);
    const report = JSON.parse(out) as ProbeReport;
    const failed = report.results.filter(({ outcome }) => outcome === 'failed');
    expect(failed.map(({ name }) => name)).toEqual(['revoked']);
    expect(code).toBe(1);
    const again = await serviceTrusting(port); // the one before knows the keys of the first mock
    options[options.indexOf(url)] = again;
    expect((await probe([...options, '--known-gap', 'revoked'])).code).toBe(0);
  });

  it('waits for a service that is still to start', async () => {
    const [port, servicePort] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${servicePort}/`;
    const options = [...MOCK, '--url', url, '--port', `${port}`];
    expect((await probe(options)).code).toBe(1);
    const late = probe([...options, '--wait-for-service', '20s']);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const trusting = await serviceTrusting(port);
    const front = createServer((request, response) => {
      const { authorization = '' } = request.headers;
      void fetch(trusting, { headers: { authorization } }).then(({ status }) =>
        response.writeHead(status).end(),
      );
    });
    await servers.listen(front, servicePort);
    expect((await late).out).toMatch(/^ok {10}accepts /);
  });

  it('leaves no port behind', async () => {
    const port = await freePort();
    const url = await serviceTrusting(port);
    await probe([...MOCK, '--url', url, '--port', `${port}`]);
    await servers.listen(createServer(), port);
    const { code, notes } = await probe([...MOCK, '--url', url, '--port', `${port}`]);
    expect(code).toBe(2);
    expect(notes).toContain('EADDRINUSE');
  });
});

describe('signet-probe live', () => {
  const connect = async () => {
    const signet = servers.add(
      await startMockIssuer({ clients: { probe: 'wrench', notes: 'secret' } }),
    );
    const { url } = servers.add(await WeakService.start(signet));
    return [
      'live',
      '--url',
      url,
      '--issuer',
      signet.issuer,
      '--client-id',
      'probe',
      '--resource',
      AUDIENCE,
    ];
  };

  it('takes its secret from the environment', async () => {
    const options = await connect();
    const { code, out } = await probe([...options, '--revocation-bound', '1s'], {
      SIGNET_CLIENT_SECRET: 'wrench',
    });
    expect(out).toMatch(/^ok {10}revoked /m);
    expect(code).toBe(0);
    const wrong = await probe(options, { SIGNET_CLIENT_SECRET: 'hammer' });
    expect(wrong).toEqual({
      code: 2,
      out: '',
      notes: 'Signet answered 401 invalid_client at token_endpoint',
    });
  });

  it('takes its secret from a file, which is not part of a command line that others see', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'signet-probe-'));
    const file = join(folder, 'secret');
    writeFileSync(file, 'wrench\n', { mode: 0o600 });
    const options = await connect();
    expect((await probe([...options, '--client-secret-file', file])).code).toBe(0);
    rmSync(folder, { recursive: true });
    const { code, notes } = await probe([...options, '--client-secret-file', file]);
    expect(code).toBe(2);
    expect(notes).toContain('--client-secret-file cannot be read');
  });

  it('says that there is no Signet', async () => {
    const options = await connect();
    options[options.indexOf('--issuer') + 1] = `http://127.0.0.1:${await freePort()}`;
    const { code, notes } = await probe(options, { SIGNET_CLIENT_SECRET: 'wrench' });
    expect(notes).toMatch(/ gave no answer: .*ECONNREFUSED/);
    expect(code).toBe(2);
  });
});

describe('signet-probe', () => {
  it('explains itself', async () => {
    expect(await probe(['--help'])).toEqual({ code: 0, out: USAGE, notes: '' });
  });

  it.each<[string, string[]]>([
    ['Say "mock" or "live" first', []],
    ['Say "mock" or "live" first', ['mock', 'live']],
    ['--url is missing', ['mock']],
    ['--url must be a URL', ['mock', '--url', 'nowhere']],
    ['--audience is missing', ['mock', '--url', 'http://127.0.0.1/', '--port', '1']],
    ['--port must be a port', [...MOCK, '--url', 'http://127.0.0.1/', '--port', '70000']],
    ['--resource has no meaning with "mock"', ['mock', '--resource', 'x']],
    ['--port has no meaning with "live"', ['live', '--port', '1']],
    ['SIGNET_CLIENT_SECRET or', ['live', '--url', 'http://127.0.0.1/']],
    ["Unknown option '--verbose'", ['mock', '--verbose']],
    ['--timeout must be a duration', ['mock', '--url', 'http://127.0.0.1/', '--timeout', '5']],
    ['--header must read', ['mock', '--url', 'http://127.0.0.1/', '--header', 'x']],
    [
      '--algorithm must be one of ES256',
      [...MOCK, '--url', 'http://127.0.0.1/', '--port', '1', '--algorithm', 'HS256'],
    ],
  ])('says %j', async (message, argv) => {
    const { code, notes, out } = await probe(argv);
    expect(notes).toContain(message);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  it('names the checks when a gap is none of them', async () => {
    const options = ['--url', 'http://127.0.0.1:1/', '--port', '0', '--known-gap', 'typo'];
    const { code, notes } = await probe([...MOCK, ...options]);
    expect(notes).toContain('There is no check "typo"; there are accepts, noToken, ');
    expect(code).toBe(2);
  });
});
