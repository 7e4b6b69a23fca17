import type { Template } from './consumer.js';
import {
  JAVASCRIPT_CLAIMS,
  JAVASCRIPT_UNAVAILABLE,
  javascriptConstants,
  javascriptIntrospection,
} from './javascript-parts.js';
import { libraryNotes, cannotDecrypt } from './notes.js';

/** express-jwt 8 with jwks-rsa. */
export const expressJwt: Template = (consumer) => ({
  filename: 'signet-auth.mjs',
  install: 'npm install express-jwt@8 jwks-rsa',
  code: `// Lets express-jwt take Signet's access tokens.
//
//   import { signet, requires } from './signet-auth.mjs';
//   app.use(signet); // the claims are in request.auth
//   app.get('/invoices', requires('read'), (request, response) => { ... });
//
// Errors go to Express's error handler, with the status 401, 403 or 503.
import { UnauthorizedError, expressjwt } from 'express-jwt';
import jwksRsa from 'jwks-rsa';

${javascriptConstants(consumer)}

${JAVASCRIPT_UNAVAILABLE}

const keys = jwksRsa({
  jwksUri: JWKS_URL,
  timeout: TIMEOUT,
  cache: true,
  cacheMaxAge: JWKS_MAX_AGE * 1000, // the default is ten hours: for so long a key that was withdrawn would be trusted
  rateLimit: true, // or each unknown kid is a request to Signet
  jwksRequestsPerMinute: 10,
});

/** Middleware that lets in requests with a good token, and puts its claims into request.auth. */
export const signet = expressjwt({
  secret: keyOf,
  algorithms: ALGORITHMS,
  issuer: ISSUER,
  audience: AUDIENCE,
  clockTolerance: LEEWAY,
  getToken: tokenOf,
  isRevoked: async (request, { payload }) => {
    // Called last, and the place for what the library does not look at.
    if (!areFine(payload)) throw refused('claims are missing or wrong');
    return !(await isActive(tokenOf(request)));
  },
});

/** Middleware for one route, after \`signet\`: the token's scope must have all of the actions. */
export function requires(...actions) {
  return (request, _response, next) => {
    // Also what express-jwt lets pass by itself: a preflight request (OPTIONS) has no token.
    const granted = request.auth?.scope?.split(' ') ?? [];
    const isGranted = actions.every((action) => granted.includes(action));
    next(isGranted ? undefined : Object.assign(new Error('The token does not allow this'), { status: 403 }));
  };
}

/** One place and one way only: what is asked about must be what was verified. */
function tokenOf(request) {
  return /^Bearer ([A-Za-z0-9._~+/-]+=*)$/.exec(request.headers.authorization ?? '')?.[1];
}

/** The key for a token of which nothing is verified yet. */
async function keyOf(_request, token) {
  const { alg, typ, kid, crit } = token?.header ?? {};
  // jsonwebtoken looks neither at "typ" nor at "crit".
  if (typ !== 'at+jwt' || crit !== undefined || typeof kid !== 'string') throw refused('not an access token');
  const key = await keys.getSigningKey(kid).catch((cause) => {
    if (cause.name === 'SigningKeyNotFoundError') throw refused('not signed with a key of Signet');
    throw new SignetUnavailable('The keys of Signet cannot be fetched', { cause });
  });
  if (key.alg !== alg) throw refused('not signed with a key of Signet');
  return key.getPublicKey();
}

function refused(message) {
  return new UnauthorizedError('invalid_token', { message });
}

${JAVASCRIPT_CLAIMS}

${javascriptIntrospection(consumer)}
`,
  notes: [
    'The claims are in request.auth: the granted actions are request.auth.scope.split(" "), the roles are request.auth.roles.',
    'express-jwt lets preflight requests (OPTIONS with Access-Control-Request-Headers: authorization) pass without a token. requires() refuses them; a handler without it must not do anything for OPTIONS.',
    'With more than ten unknown kids a minute, jwks-rsa stops asking Signet; a kid that it has not met before is then answered with 503 until the minute is over.',
    ...libraryNotes(consumer),
    ...cannotDecrypt(consumer, 'decrypt them before, with jose for instance, in getToken'),
  ],
});
