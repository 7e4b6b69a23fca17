/** The floor of guarded reads: `node:http` that verifies a token, looks into a `Set`, checks a role, and answers. */
import { createServer } from 'node:http';
import { verifier } from './verify.mjs';

const verify = verifier();

createServer((request, response) => {
  if (request.url === '/ready') return void response.end('{}');
  const claims = verify(request.headers.authorization);
  if (claims === undefined) return void response.writeHead(401).end();
  if (!claims.roles.includes('viewer')) return void response.writeHead(403).end();
  const { sub, sid, jti, roles, scope, exp } = claims;
  const body = JSON.stringify({
    id: sub,
    sessionId: sid,
    tokenId: jti,
    roles,
    permissions: scope.split(' '),
    expiresAt: exp,
  });
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}).listen(Number(process.env.PORT), '127.0.0.1');
