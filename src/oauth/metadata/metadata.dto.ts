import { TextField, TextListField } from '../../platform/http/fields.js';

const URL_MAX = 2048;

const ListOfWords = (description: string, example: readonly string[]) =>
  TextListField({ description, example, maxItems: 100, itemMax: 128 });

const Address = (description: string, path: string, optional = false) =>
  TextField({
    description,
    max: URL_MAX,
    optional,
    example: `https://signet.example.com${path}`,
  });

/** What the authorization server offers, and where (RFC 8414 2). */
export class MetadataView {
  @Address('`iss` of every token.', '') readonly issuer!: string;
  @Address('Gives tokens.', '/oauth/token') readonly token_endpoint!: string;
  @Address('Tells whether a token is active (RFC 7662).', '/oauth/introspect')
  readonly introspection_endpoint!: string;
  @Address('Revokes a token (RFC 7009).', '/oauth/revoke') readonly revocation_endpoint!: string;
  @Address('The keys that verify tokens.', '/.well-known/jwks.json') readonly jwks_uri!: string;
  @Address('The addresses of the status lists.', '/v1/status-lists', true)
  readonly status_list_aggregation_endpoint?: string;
  @Address('What was revoked since when, in short.', '/v1/status-lists/digest', true)
  readonly revocation_digest_endpoint?: string;
  @Address('The documentation of the API.', '/docs', true) readonly service_documentation?: string;

  @ListOfWords('`grant_type` may be one of these.', ['client_credentials'])
  readonly grant_types_supported!: readonly string[];

  @ListOfWords('None: there is no authorization endpoint.', [])
  readonly response_types_supported!: readonly string[];

  @ListOfWords("What `scope` may name of Signet's own API; each resource has actions besides.", [
    'resources:read',
  ])
  readonly scopes_supported!: readonly string[];

  @ListOfWords(
    'How clients prove who they are; `none` is for people, who exchange tokens of their own.',
    ['client_secret_basic'],
  )
  readonly token_endpoint_auth_methods_supported!: readonly string[];

  @ListOfWords('What `private_key_jwt` may be signed with.', ['ES256'])
  readonly token_endpoint_auth_signing_alg_values_supported!: readonly string[];

  @ListOfWords('The same for introspection; `Bearer` is an access token.', ['client_secret_basic'])
  readonly introspection_endpoint_auth_methods_supported!: readonly string[];

  @ListOfWords('What `private_key_jwt` may be signed with.', ['ES256'])
  readonly introspection_endpoint_auth_signing_alg_values_supported!: readonly string[];

  @ListOfWords('The same for revocation.', ['client_secret_basic'])
  readonly revocation_endpoint_auth_methods_supported!: readonly string[];

  @ListOfWords('What `private_key_jwt` may be signed with.', ['ES256'])
  readonly revocation_endpoint_auth_signing_alg_values_supported!: readonly string[];
}
