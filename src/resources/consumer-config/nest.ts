import type { Template } from './consumer.js';
import { verifierNotes } from './notes.js';
import { VERIFIER_INSTALL, environmentFunction, verifierOf } from './verifier-parts.js';

/** Nest 11 or 12, on Express or Fastify, with Signet's own verifier. */
export const nest: Template = (consumer) => ({
  filename: 'signet-auth.module.ts',
  install: VERIFIER_INSTALL,
  code: `// Lets Nest take Signet's access tokens: import SignetAuthModule into the root module.
//
//   import { Auth, Scopes } from '@signet/verifier/nest';
//
//   @Get() @Scopes('read')
//   list(@Auth() token: VerifiedToken) { ... }
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { createVerifier, introspection } from '@signet/verifier';
import { SignetGuard } from '@signet/verifier/nest';

${verifierOf(consumer)}

/** Guards every route of the application. */
@Module({
  providers: [{ provide: APP_GUARD, useFactory: () => new SignetGuard(verifier) }],
})
export class SignetAuthModule {}

${environmentFunction(true)}
`,
  notes: [
    'Every route declares who may call it: @Scopes, @Roles, @RequireAccess, @Authenticated, @OptionalAuth or @Public. One that declares nothing is refused.',
    ...verifierNotes(consumer),
  ],
});
