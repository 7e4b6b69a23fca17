import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on this machine that publishes keys as a test says, and remembers who asked. */
export class KeyServer {
  /** Paths that were asked for. */
  readonly requests: string[] = [];
  answer: RequestListener = (_request, response) => response.writeHead(404).end();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<KeyServer> {
    const server = createServer();
    const keyServer = new KeyServer(server);
    server.on('request', (request: IncomingMessage, response) => {
      keyServer.requests.push(request.url ?? '');
      keyServer.answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return keyServer;
  }

  get origin(): string {
    const { port } = this.server.address() as AddressInfo; // it listens on a port, not on a socket file
    return `http://127.0.0.1:${port}`;
  }

  /** From now on answers with these keys. */
  publish(keys: readonly unknown[]): void {
    this.send(JSON.stringify({ keys }));
  }

  /** From now on answers with this text. */
  send(text: string, status = 200, headers: Readonly<Record<string, string>> = {}): void {
    this.answer = (_request, response) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
