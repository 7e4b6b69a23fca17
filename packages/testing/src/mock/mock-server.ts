import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Bytes of a body; what Signet takes at these addresses is far smaller. */
const BODY_MAX = 65_536;

/** Listens on the loopback address; port 0 is any free one. @throws Error when the port is taken. */
export function listen(port: number): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) => reject(new Error(`No server: ${cause.message}`, { cause }));
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', fail);
      resolve(server);
    });
  });
}

/** Where the server is. */
export function addressOf(server: Server): string {
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return `http://127.0.0.1:${port}`;
}

/** Lets the server answer by a function from Request to Response. */
export function serve(server: Server, answer: (request: Request) => Promise<Response>): void {
  const base = addressOf(server);
  server.on('request', (incoming, outgoing) => {
    requestOf(incoming, base)
      .then(answer)
      .then((response) => write(response, outgoing))
      // Whoever asked sees that something broke; the test that runs us must not end for it.
      .catch((error: unknown) => outgoing.destroy(error as Error));
  });
}

/** Ends the server and every connection to it; a second time does nothing. */
export async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}

async function requestOf(incoming: IncomingMessage, base: string): Promise<Request> {
  const { method = 'GET', headers, url = '/' } = incoming;
  const init = { method, headers: new Headers(pairsOf(headers)) };
  if (method === 'GET' || method === 'HEAD') return new Request(`${base}${url}`, init);
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > BODY_MAX) throw new Error(`A body of more than ${BODY_MAX} bytes`);
    parts.push(part);
  }
  return new Request(`${base}${url}`, { ...init, body: Buffer.concat(parts) });
}

function pairsOf(headers: IncomingMessage['headers']): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
  );
}

async function write(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}
