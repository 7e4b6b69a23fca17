import type { Template } from './consumer.js';
import { verifierNotes } from './notes.js';
import { VERIFIER_INSTALL, environmentFunction, verifierOf } from './verifier-parts.js';

/** Fastify 5, with Signet's own verifier. */
export const fastify: Template = (consumer) => ({
  filename: 'signet-auth.mjs',
  install: VERIFIER_INSTALL,
  code: `// Lets Fastify take Signet's access tokens.
//
//   import { registerSignet } from './signet-auth.mjs';
//   await registerSignet(app); // the verified token is in request.auth
//   app.get('/invoices', { config: { signet: { scopes: ['read'] } } }, handler);
//   app.get('/health', { config: { signet: 'public' } }, handler);
import { createVerifier, introspection } from '@signet/verifier';
import { signet } from '@signet/verifier/fastify';

${verifierOf(consumer)}

/** Asks every route that is registered after it for a good token. */
export async function registerSignet(app) {
  await app.register(signet, { verifier });
}

${environmentFunction(false)}
`,
  notes: [
    'A route without config.signet takes any good token; it says more with scopes and roles, or "public".',
    ...verifierNotes(consumer),
  ],
});
