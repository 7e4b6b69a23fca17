/**
 * A service that asks for tokens. Against your own Signet, after `npm run build` in this package:
 *
 *   ISSUER_URL=https://signet.example.com RESOURCE=https://billing.example.com node examples/service.mjs
 */
import { fastify } from 'fastify';
import { createVerifier } from '@signet/verifier';
import { authOf, signet } from '@signet/verifier/fastify';

export async function startService({ issuer, audience, port = 0 }) {
  const app = fastify();
  await app.register(signet, {
    verifier: createVerifier({ issuer, audience }),
    // The caller sees the same 401 whatever the reason; this is for you.
    onRefused: (error) => console.log(`  refused: ${error.code ?? error.name}`),
  });
  app.get('/health', { config: { signet: 'public' } }, () => ({ ok: true }));
  app.get('/invoices', { config: { signet: { scopes: ['read'] } } }, (request) => ({
    readBy: authOf(request).sub,
  }));
  app.post('/refunds', { config: { signet: { scopes: ['refund'] } } }, () => ({ refunded: true }));
  const url = await app.listen({ host: '127.0.0.1', port });
  return { url, close: () => app.close() };
}

if (process.argv[1] === import.meta.filename) {
  const { ISSUER_URL: issuer, RESOURCE: audience, PORT: port = '4000' } = process.env;
  const { url } = await startService({ issuer, audience, port: Number(port) });
  console.log(`listening on ${url}`);
}
