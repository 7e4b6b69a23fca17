import { Injectable } from '@nestjs/common';
import type { Origin } from '../../access/principal.js';
import type { Standing } from '../../principals/principals.service.js';
import { InvalidClient } from '../service-accounts.errors.js';

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

/** A request whose client is to be authenticated. */
export interface ClientRequest {
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
  /** The form; a parameter that came twice has been refused before (RFC 6749 3.2). */
  readonly body: ClientParameters;
  readonly origin: Origin;
  /** What an assertion's `aud` may be: the issuer, and the URL of the endpoint that was called. */
  readonly audiences: readonly string[];
}

/** A service account that has proved who it is, as it stands now. Instants are milliseconds since the epoch. */
export interface AuthenticatedClient {
  /** The service account: `sub` and `client_id` of its own tokens. */
  readonly id: string;
  /** What it proved it with: the `sid` of its own tokens. */
  readonly credentialId: string;
  /** When the credential ends; undefined when it does not. No token may outlive it. */
  readonly credentialExpiresAt: number | undefined;
  readonly method: ClientAuthenticationMethod;
  /** Read after `asOf`; the status is active. */
  readonly standing: Standing;
  /** For `TokenGrant.asOf`: nothing above was read before. */
  readonly asOf: number;
}

/** Finds out which service account a request comes from (RFC 6749 2.3, RFC 7523). */
@Injectable()
export class ClientAuthenticator {
  /**
   * Takes the client's word for nothing: exactly one method, one credential that is live, of an account
   * that is active. A used assertion is remembered at once, so this is not to be called within a
   * transaction, whose end might take that back.
   *
   * @throws AmbiguousCredentials for more than one method in a request.
   * @throws InvalidClient for everything else that is not right.
   */
  authenticate(_request: ClientRequest): Promise<AuthenticatedClient> {
    return Promise.reject(new InvalidClient()); // no method yet: nobody
  }
}
