import { randomUUID } from 'node:crypto';

const HEADERS = {
  'cache-control': 'no-store',
  pragma: 'no-cache',
  'content-type': 'application/json; charset=utf-8',
};

/** An error of OAuth (RFC 6749 5.2). */
export class OAuthError extends Error {
  constructor(
    readonly status: number,
    readonly error: string,
    description: string,
  ) {
    super(description);
  }
}

/** An answer at `/oauth/*`. */
export function answer(body: object | undefined): Response {
  const { 'content-type': _, ...uncached } = HEADERS;
  if (body === undefined) return new Response(null, { headers: uncached });
  return new Response(JSON.stringify(body), { headers: HEADERS });
}

/** The answer to a request that failed. */
export function answerTo({ status, error, message }: OAuthError): Response {
  const body = { error, error_description: message, code: error, request_id: randomUUID() };
  const challenge = { 'www-authenticate': 'Basic realm="signet"' };
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...HEADERS, ...(status === 401 ? challenge : {}) },
  });
}
