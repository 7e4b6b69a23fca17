import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Servers } from '../../test/servers.js';
import { describe as tell, judge } from './judge.js';
import { send } from './sender.js';

const servers = new Servers();
afterEach(() => servers.close());

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await servers.listen(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`; // it listens on a port
}

describe('a request of the probe', () => {
  it('carries each Authorization header by itself', async () => {
    let seen: readonly string[] = [];
    const url = await serve(({ rawHeaders }, response) => {
      seen = rawHeaders.filter((_, i) => /^authorization$/i.test(rawHeaders[i - 1] ?? ''));
      response.end();
    });
    await send({ url }, { authorization: ['Bearer a', 'Bearer b'] });
    expect(seen).toEqual(['Bearer a', 'Bearer b']);
  });

  it('has none without a token', async () => {
    let names: readonly string[] = [];
    const url = await serve(({ headers }, response) => {
      names = Object.keys(headers);
      response.end();
    });
    await send({ url });
    expect(names).not.toContain('authorization');
  });

  it('keeps the query of the URL', async () => {
    let seen: string | undefined;
    const url = await serve((request, response) => {
      seen = request.url;
      response.end();
    });
    await send({ url: `${url}?a=1` }, { query: { access_token: 'x.y.z' } });
    expect(seen).toBe('/?a=1&access_token=x.y.z');
  });

  it('is given up when there is no answer', async () => {
    const url = await serve(() => {});
    const answer = await send({ url, timeout: 0.05 });
    expect(tell(answer)).toBe('gave no answer (none within 0.05 s)');
    expect(judge(answer)).toBe('unclear');
  });

  it('is over with the status, whether or not the body ends', async () => {
    const url = await serve((_, response) => response.writeHead(200).write('and so on'));
    expect(await send({ url, timeout: 0.5 })).toEqual({ status: 200 });
  });

  it('tells that the service hung up', async () => {
    const url = await serve(({ socket }) => socket.resetAndDestroy());
    expect(await send({ url })).toMatchObject({ hungUp: true });
    const { port } = new URL(url);
    await servers.close();
    expect(await send({ url: `http://127.0.0.1:${port}/` })).toMatchObject({ hungUp: false });
  });
});
