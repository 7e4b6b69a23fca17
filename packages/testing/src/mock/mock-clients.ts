import type { JWK } from 'jose';
import { clientOfAssertion, keyOf } from './mock-assertions.js';
import type { ClientKey } from './mock-assertions.js';
import { OAuthError } from './oauth-answers.js';
import type { ClockLike } from './test-clock.js';

/** How clients prove who they are, by their ids: each by its secret, or by the key of this JWK (RFC 7517). */
export type ClientCredentials = Readonly<Record<string, string | JWK>>;

/** RFC 7523 2.2 */
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Those who may call `/oauth/*`; anybody, when none is named. */
export class MockClients {
  private readonly registered: ReadonlyMap<string, string | ClientKey> | undefined;

  /** @throws Error for what is neither a secret nor a key. */
  constructor(
    credentials: ClientCredentials | undefined,
    private readonly issuer: string,
    private readonly clock: ClockLike,
  ) {
    this.registered =
      credentials &&
      new Map(
        Object.entries(credentials).map(([id, credential]) => [
          id,
          typeof credential === 'string' ? credential : keyOf(credential),
        ]),
      );
  }

  /**
   * Who called, by client authentication (RFC 6749 2.3); undefined when nobody tried.
   *
   * @param path of the endpoint, below the issuer.
   * @throws OAuthError when the proof is wrong, or there is more than one.
   */
  async callerOf(
    request: Request,
    form: URLSearchParams,
    path: string,
  ): Promise<string | undefined> {
    const basic = basicOf(request);
    const [id, secret, assertion] = ['client_id', 'client_secret', 'client_assertion'].map(
      (name) => form.get(name) ?? '',
    );
    if ([basic, secret, assertion].filter(Boolean).length > 1)
      throw new OAuthError(400, 'invalid_request', 'Credentials must be sent once, in one way');
    if (assertion) {
      const isKnown = form.get('client_assertion_type') === ASSERTION_TYPE;
      const client = isKnown ? await this.clientOf(assertion, path) : undefined;
      if (client === undefined || (id && id !== client)) throw refused();
      return client;
    }
    const [caller, proof] = basic ?? [id, secret];
    if (!caller || !proof) return undefined;
    if (!this.isSecretOf(caller, proof)) throw refused();
    return caller;
  }

  private isSecretOf(id: string, secret: string): boolean {
    return this.registered === undefined || this.registered.get(id) === secret;
  }

  private clientOf(assertion: string, path: string): Promise<string | undefined> {
    const audiences = [this.issuer, `${this.issuer}/oauth/token`, this.issuer + path];
    const now = this.clock.now() / 1000;
    // Without names there is no key to verify with, and every client is taken at its word.
    return clientOfAssertion(assertion, { audiences, now }, (id) => {
      if (this.registered === undefined) return 'unknown';
      const credential = this.registered.get(id);
      return typeof credential === 'string' ? undefined : credential;
    });
  }
}

function refused(): OAuthError {
  return new OAuthError(401, 'invalid_client', 'The client could not be authenticated');
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
