import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Readonly<Record<string, unknown>>;

/** What a front saw of a request. */
interface Seen {
  readonly method: string;
  readonly path: string;
  readonly tenant: string;
  readonly body: string;
}

/** A server before a service, which may change its answers. */
export interface Front {
  readonly url: string;
  readonly requests: number;
  readonly seen: readonly Seen[];
}

/** The servers of a test, closed together. */
export class Servers {
  private readonly open: { close(): Promise<void> }[] = [];

  add<T extends { close(): Promise<void> }>(server: T): T {
    this.open.push(server);
    return server;
  }

  /** Passes each request on to the service at `url`, and answers with what `change` makes of its status. */
  async front(
    url: string,
    change: (status: number, claims: Json) => number,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Front> {
    const seen: Seen[] = [];
    const server = createServer((request, response) => {
      void (async () => {
        const body = await bodyOf(request);
        const { method = '', url: path = '' } = request;
        seen.push({ method, path, tenant: String(request.headers['x-tenant']), body });
        const status = change(await statusAt(url, request), claimsIn(request));
        response.writeHead(status, headers).end();
      })();
    });
    await this.listen(server);
    return {
      url: addressOf(server),
      get requests() {
        return seen.length;
      },
      seen,
    };
  }

  /** Passes each request on, but takes a token that it took before so many times more. */
  async late(url: string, times: number): Promise<Front> {
    const left = new Map<unknown, number>();
    return this.front(url, (status, { jti }) => {
      if (status === 200) left.set(jti, times);
      const more = left.get(jti) ?? 0;
      if (status === 200 || more === 0) return status;
      left.set(jti, more - 1);
      return 200;
    });
  }

  async close(): Promise<void> {
    for (const server of this.open.splice(0)) await server.close();
  }

  /** Lets the server listen; on any free port when none is named. */
  async listen(server: Server, port = 0): Promise<void> {
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    this.add({
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    });
  }
}

function addressOf(server: Server): string {
  const { port } = server.address() as AddressInfo; // it listens on a port
  return `http://127.0.0.1:${port}/`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const part of request as AsyncIterable<Buffer>) body += part.toString();
  return body;
}

/** The service's status for the same Authorization headers and query. */
function statusAt(url: string, { rawHeaders, url: path = '' }: IncomingMessage): Promise<number> {
  const authorizations = rawHeaders.filter((_, i) =>
    /^authorization$/i.test(rawHeaders[i - 1] ?? ''),
  );
  const { search } = new URL(path, url);
  return new Promise((resolve, reject) => {
    const request = send(`${url}${search}`, { agent: false });
    if (authorizations.length > 0) request.setHeader('authorization', authorizations);
    request.on('error', reject).on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.end();
  });
}

function claimsIn({ headers: { authorization = '' } }: IncomingMessage): Json {
  try {
    return JSON.parse(
      Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString(),
    ) as Json;
  } catch {
    return {}; // no token
  }
}
