/** A peer: oidc-provider, in memory, that issues JWT access tokens for a resource by client_credentials. */
import Provider from 'oidc-provider';

const resource = process.env.RESOURCE;
const provider = new Provider(process.env.ISSUER, {
  clients: [
    {
      client_id: process.env.CLIENT_ID,
      client_secret: process.env.CLIENT_SECRET,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: 'ES256', // the only key there is; no ID token is issued
    },
  ],
  jwks: { keys: [JSON.parse(process.env.JWT_KEY)] },
  features: {
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: 'read',
        audience: resource,
        accessTokenTTL: 600,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
});
provider.use(async (context, next) => {
  if (context.path === '/ready') context.body = {};
  else await next();
});
provider.listen(Number(process.env.PORT), '127.0.0.1');
