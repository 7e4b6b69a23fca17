import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestKey } from './keys.js';

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly form: URLSearchParams;
}

type Handler = (request: SeenRequest) => Answer | Promise<Answer>;

/** An issuer over HTTP: metadata, keys, and whatever else a test wants it to answer. */
export class TestIssuer {
  readonly seen: SeenRequest[] = [];
  readonly handlers = new Map<string, Handler>();
  keys: readonly object[];
  cacheControl: string | undefined = 'public, max-age=300';
  url = '';

  private constructor(
    private readonly server: Server,
    keys: readonly TestKey[],
  ) {
    this.keys = keys.map(({ jwk }) => jwk);
    this.handlers.set('/.well-known/oauth-authorization-server', () => ({ body: this.metadata() }));
    this.handlers.set('/jwks', () => ({
      body: { keys: this.keys },
      headers: this.cacheControl === undefined ? {} : { 'cache-control': this.cacheControl },
    }));
  }

  static async start(...keys: readonly TestKey[]): Promise<TestIssuer> {
    const server = createServer();
    const issuer = new TestIssuer(server, keys);
    server.on('request', (request, response) => {
      void (async () => {
        const path = request.url ?? '';
        const form = new URLSearchParams(await text(request));
        const one = { path, headers: request.headers, form };
        issuer.seen.push(one);
        const handler: Handler = issuer.handlers.get(path) ?? (() => ({ status: 404, body: {} }));
        const { status = 200, headers = {}, body } = await handler(one);
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // it listens on a port
    issuer.url = `http://127.0.0.1:${port}`;
    return issuer;
  }

  metadata(): Record<string, unknown> {
    return {
      issuer: this.url,
      jwks_uri: `${this.url}/jwks`,
      token_endpoint: `${this.url}/oauth/token`,
      introspection_endpoint: `${this.url}/oauth/introspect`,
    };
  }

  /** How often an address was asked for. */
  count(path: string): number {
    return this.seen.filter((request) => request.path === path).length;
  }

  /** From now on each request fails, as behind a proxy whose backend is gone. */
  fail(path = '/jwks'): () => void {
    const before = this.handlers.get(path);
    this.handlers.set(path, () => ({ status: 502, body: {} }));
    return () => {
      if (before !== undefined) this.handlers.set(path, before);
    };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
