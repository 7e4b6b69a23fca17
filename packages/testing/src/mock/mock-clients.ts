import { OAuthError } from './oauth-answers.js';

/**
 * Who called, by client authentication with a secret (RFC 6749 2.3.1); undefined when nobody tried.
 *
 * @throws OAuthError when the secret is wrong.
 */
export function clientOf(
  request: Request,
  form: URLSearchParams,
  clients: Readonly<Record<string, string>> | undefined,
): string | undefined {
  const [id, secret] = basicOf(request) ?? [form.get('client_id'), form.get('client_secret')];
  if (!id || !secret) return undefined;
  if (clients !== undefined && (!Object.hasOwn(clients, id) || clients[id] !== secret))
    throw new OAuthError(401, 'invalid_client', 'The client could not be authenticated');
  return id;
}

function basicOf(request: Request): readonly [string, string] | undefined {
  const [, encoded] = /^Basic +(\S+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  // RFC 6749 2.3.1: both are form-encoded before they are joined.
  return [decodeForm(text.slice(0, colon)), decodeForm(text.slice(colon + 1))];
}

function decodeForm(text: string): string {
  return new URLSearchParams(`value=${text}`).get('value') ?? '';
}
