import { PERMISSIONS } from '../../access/permissions.js';
import type { Settings } from '../../config/settings.js';
import { CLIENT_AUTHENTICATION_METHODS } from '../../service-accounts/client-authentication/presented-client.js';
import { ASSERTION_ALGORITHMS } from '../../service-accounts/public-key.js';
import { digestUri } from '../../status-lists/documents.js';
import { STATUS_LISTS_PATH } from '../../status-lists/status-reference.js';
import { INTROSPECTION_PATH, REVOCATION_PATH, TOKEN_PATH, addressOf } from '../addresses.js';
import { GRANT_TYPES } from '../token/token.dto.js';
import type { MetadataView } from './metadata.dto.js';

/** Public keys and documentation: those folders know nothing of this one, nor this one of theirs. */
const JWKS_PATH = '.well-known/jwks.json';
const DOCS_PATH = 'docs';

/** What is offered, and nothing that is not (RFC 8414 2). */
export function metadataOf({
  issuer,
  statusLists,
  swagger,
  tokenLocations,
}: Pick<Settings, 'issuer' | 'statusLists' | 'swagger' | 'tokenLocations'>): MetadataView {
  const at = (path: string) => addressOf(issuer, path);
  const methods = [...CLIENT_AUTHENTICATION_METHODS];
  const algorithms = [...ASSERTION_ALGORITHMS];
  return {
    issuer,
    token_endpoint: at(TOKEN_PATH),
    introspection_endpoint: at(INTROSPECTION_PATH),
    revocation_endpoint: at(REVOCATION_PATH),
    jwks_uri: at(JWKS_PATH),
    ...(statusLists
      ? {
          status_list_aggregation_endpoint: at(STATUS_LISTS_PATH),
          revocation_digest_endpoint: digestUri(issuer),
        }
      : {}),
    ...(swagger ? { service_documentation: at(DOCS_PATH) } : {}),
    grant_types_supported: [...GRANT_TYPES],
    response_types_supported: [],
    scopes_supported: [...PERMISSIONS],
    // RFC 7591 2: `none` is a client without a secret, here whatever a person runs to exchange their own token.
    token_endpoint_auth_methods_supported: [...methods, 'none'],
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    // RFC 8414 2: here, and only here, the name of a type of access token may stand.
    introspection_endpoint_auth_methods_supported: tokenLocations.includes('header')
      ? [...methods, 'Bearer']
      : methods,
    introspection_endpoint_auth_signing_alg_values_supported: algorithms,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: algorithms,
  };
}
