import type { Conformance } from './conformance.js';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

export interface Call {
  /** Bearer token. */
  readonly token?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as a form, instead of `body`. */
  readonly form?: Readonly<Record<string, string>>;
  /** Sent as it is, instead of `body`. */
  readonly rawBody?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** False for requests that no documentation covers: unknown routes, methods, malformed HTTP. */
  readonly conform?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON, undefined when it is empty, else text. */
  readonly body: unknown;
}

/** Sends one request; the answer must be as the OpenAPI document says. */
export async function send(
  url: string,
  conformance: Conformance | undefined,
  method: string,
  path: string,
  call: Call = {},
): Promise<Answer> {
  const { token, body, form, rawBody, headers = {}, conform = true } = call;
  const payload = rawBody ?? payloadOf(call);
  const response = await fetch(`${url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(payload === undefined
        ? {}
        : { 'content-type': form === undefined ? JSON_TYPE : FORM_TYPE }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(payload === undefined ? {} : { body: payload }),
  });
  const answer = {
    status: response.status,
    headers: response.headers,
    body: parse(await response.text(), response.headers.get('content-type') ?? ''),
  };
  if (conform) conformance?.check(requestOf(method, path, body, form), answer);
  return answer;
}

function payloadOf({ body, form }: Call): string | undefined {
  if (form !== undefined) return new URLSearchParams(form).toString();
  return body === undefined ? undefined : JSON.stringify(body);
}

function requestOf(method: string, path: string, body: unknown, form: Call['form']) {
  return form === undefined
    ? { method, path, body, contentType: JSON_TYPE }
    : { method, path, body: form, contentType: FORM_TYPE };
}

function parse(text: string, contentType: string): unknown {
  if (text === '') return undefined;
  return /^application\/(?:[\w.-]+\+)?json\b/.test(contentType) ? JSON.parse(text) : text;
}
