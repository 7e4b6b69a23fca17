/** A peer: express with express-jwt and its `isRevoked`, as its README has it. */
import express from 'express';
import { expressjwt } from 'express-jwt';

const revoked = new Set();
const app = express();
app.get('/ready', (_request, response) => response.json({}));
app.get(
  '/v1/probe',
  expressjwt({
    secret: process.env.JWT_KEY,
    algorithms: ['HS256'],
    isRevoked: async (_request, token) => revoked.has(token?.payload.jti),
  }),
  (request, response) => {
    if (!request.auth.roles.includes('viewer')) return void response.sendStatus(403);
    const { sub, sid, jti, roles, scope, exp } = request.auth;
    response.json({
      id: sub,
      sessionId: sid,
      tokenId: jti,
      roles,
      permissions: scope.split(' '),
      expiresAt: exp,
    });
  },
);
app.listen(Number(process.env.PORT), '127.0.0.1');
