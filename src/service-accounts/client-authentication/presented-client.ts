import { AmbiguousCredentials } from '../../access/access.errors.js';
import { readAssertion } from './assertion.js';
import type { Assertion } from './assertion.js';
import { Refusal } from './refusal.js';

/** The ways in which a client proves who it is (RFC 7591 2, `token_endpoint_auth_method`). */
export const CLIENT_AUTHENTICATION_METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
] as const;
export type ClientAuthenticationMethod = (typeof CLIENT_AUTHENTICATION_METHODS)[number];

/** What of a form is about the client; other parameters may be there and are not looked at. */
export interface ClientParameters {
  readonly client_id?: string | undefined;
  readonly client_secret?: string | undefined;
  readonly client_assertion?: string | undefined;
  readonly client_assertion_type?: string | undefined;
}

/** Who a request says that it comes from, and what it offers as proof. Nothing of it is verified. */
export type PresentedClient =
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post';
      readonly id: string;
      readonly secret: string;
    }
  | {
      readonly method: 'private_key_jwt';
      readonly id: string;
      readonly assertion: Assertion;
    };

/** RFC 7523 2.2 */
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** An id and a secret of ours in Basic are a fifth of this. */
const BASIC_MAX = 1024;
const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

/**
 * The client that a request names and its proof, in one of the three ways.
 *
 * @throws AmbiguousCredentials for more than one way in a request (RFC 6749 2.3).
 * @throws Refusal for none, or one that cannot be understood.
 */
export function readPresentedClient(
  authorization: string | undefined,
  parameters: ClientParameters,
): PresentedClient {
  const id = given(parameters.client_id);
  const secret = given(parameters.client_secret);
  const assertion = given(parameters.client_assertion);
  const type = given(parameters.client_assertion_type);
  const ways = [authorization, secret, assertion ?? type].filter((way) => way !== undefined);
  if (ways.length > 1) throw new AmbiguousCredentials();
  if (authorization !== undefined) return naming(id, readBasic(authorization));
  if (secret !== undefined && id !== undefined) {
    return { method: 'client_secret_post', id, secret };
  }
  if (assertion !== undefined && type === ASSERTION_TYPE) {
    const read = readAssertion(assertion);
    return naming(id, { method: 'private_key_jwt', id: read.clientId, assertion: read });
  }
  throw new Refusal('no_credentials');
}

/** Naming the client once more, in `client_id`, is no second way as long as it is the same client (RFC 7521 4.2). */
function naming(id: string | undefined, client: PresentedClient): PresentedClient {
  if (id !== undefined && id !== client.id) throw new Refusal('malformed_credentials');
  return client;
}

/** RFC 6749 3.2: a parameter without a value counts as left out. */
function given(parameter: string | undefined): string | undefined {
  return parameter === '' ? undefined : parameter;
}

/** RFC 6749 2.3.1: id and secret are form-encoded first, so that a colon in one of them does no harm. */
function readBasic(authorization: string): PresentedClient {
  if (authorization.length > BASIC_MAX) throw new Refusal('malformed_credentials');
  const [, encoded = ''] = BASIC.exec(authorization) ?? [];
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const [, id, secret] = /^([^:]+):(.+)$/s.exec(text)?.map(formDecoded) ?? [];
  if (id === undefined || secret === undefined) throw new Refusal('malformed_credentials');
  return { method: 'client_secret_basic', id, secret };
}

function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined; // a percent sign that encodes nothing
  }
}
