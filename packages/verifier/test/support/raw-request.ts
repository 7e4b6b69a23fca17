import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';

export interface RawAnswer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** A request whose headers are sent as they stand here, in this order and as often. */
export function rawRequest(
  url: string,
  headers: readonly (readonly [string, string])[] = [],
  method = 'GET',
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const { host } = new URL(url);
    const sent = request(url, {
      method,
      agent: false, // or idle connections would keep servers from closing
      headers: [['Host', host], ...headers].flat(), // a flat list, as in rawHeaders
    });
    sent.once('error', reject);
    sent.once('response', (response) => {
      text(response).then((body) => {
        const isJson = (response.headers['content-type'] ?? '').includes('json');
        const read: unknown = isJson && body !== '' ? JSON.parse(body) : body;
        resolve({ status: response.statusCode, headers: response.headers, body: read });
      }, reject);
    });
    sent.end();
  });
}
