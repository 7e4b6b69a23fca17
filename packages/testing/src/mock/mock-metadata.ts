import { PERMISSIONS } from '../../../../src/access/permissions.js';

const METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];
const ALGORITHMS = ['ES256', 'ES384', 'RS256', 'PS256'];

/** What Signet offers, and where (RFC 8414 2); test/testing-package.e2e-spec.ts compares it with what Signet says itself. */
export function metadataOf(issuer: string): object {
  return {
    issuer,
    token_endpoint: `${issuer}/oauth/token`,
    introspection_endpoint: `${issuer}/oauth/introspect`,
    revocation_endpoint: `${issuer}/oauth/revoke`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    status_list_aggregation_endpoint: `${issuer}/v1/status-lists`,
    revocation_digest_endpoint: `${issuer}/v1/status-lists/digest`,
    grant_types_supported: [
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:token-exchange',
    ],
    response_types_supported: [],
    scopes_supported: [...PERMISSIONS],
    token_endpoint_auth_methods_supported: [...METHODS, 'none'],
    token_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
    introspection_endpoint_auth_methods_supported: [...METHODS, 'Bearer'],
    introspection_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
    revocation_endpoint_auth_methods_supported: METHODS,
    revocation_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
  };
}
