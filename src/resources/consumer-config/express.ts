import type { Template } from './consumer.js';
import { verifierNotes } from './notes.js';
import { VERIFIER_INSTALL, environmentFunction, verifierOf } from './verifier-parts.js';

/** Express 4 or 5, with Signet's own verifier. */
export const express: Template = (consumer) => ({
  filename: 'signet-auth.mjs',
  install: VERIFIER_INSTALL,
  code: `// Lets Express take Signet's access tokens.
//
//   import { signet, requires } from './signet-auth.mjs';
//   app.use(signet); // the verified token is in request.auth
//   app.get('/invoices', requires('read'), (request, response) => { ... });
import { createVerifier, introspection } from '@signet/verifier';
import { authenticate, requires as requiresAccess } from '@signet/verifier/express';

${verifierOf(consumer)}

/** Middleware that lets in requests with a good token; mount public routes before it. */
export const signet = authenticate(verifier);

/** Middleware for one route, after \`signet\`: the token's scope must have all of the actions. */
export const requires = (...scopes) => requiresAccess({ scopes });

${environmentFunction(false)}
`,
  notes: verifierNotes(consumer),
});
