/** A service that lets in whoever has a good token of Signet's for it: with `jose`, and nothing of ours. */
import { createServer } from 'node:http';
import { createRemoteJWKSet, jwtVerify } from 'jose';

export function notesService({ issuer, audience }) {
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));
  return createServer(async (request, response) => {
    try {
      const expected = { issuer, audience, typ: 'at+jwt', requiredClaims: ['exp', 'sub'] };
      const { payload } = await jwtVerify(bearerToken(request), keys, expected);
      if (!payload.scope.split(' ').includes('read')) response.writeHead(403).end();
      else response.end(JSON.stringify({ notes: [], of: payload.sub }));
    } catch {
      response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
    }
  });
}

/** The token in the one Authorization header; anything else is none, and no token is refused. */
function bearerToken({ headersDistinct }) {
  const [value = '', ...more] = headersDistinct.authorization ?? [];
  return more.length === 0 ? (/^Bearer +([\w.-]+)$/i.exec(value)?.[1] ?? '') : '';
}

// `node notes-service.mjs` serves until it is stopped.
if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { ISSUER = 'http://127.0.0.1:4444', AUDIENCE = 'https://notes.example.com' } = process.env;
  notesService({ issuer: ISSUER, audience: AUDIENCE }).listen(8080, '127.0.0.1');
}
