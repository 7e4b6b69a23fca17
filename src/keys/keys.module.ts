import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { Envelope } from './envelope.js';
import { JwksController } from './jwks.controller.js';
import { keyEncryptionKey } from './key-encryption-key.js';
import { KeyRing } from './key-ring.js';
import { ServerSecrets } from './server-secrets.js';

/** The keys that sign tokens and the secrets that replicas share. */
@Module({
  imports: [AuditModule],
  controllers: [JwksController],
  providers: [
    {
      provide: Envelope,
      inject: [SETTINGS],
      useFactory: (settings: Settings) => new Envelope(keyEncryptionKey(settings)),
    },
    KeyRing,
    ServerSecrets,
  ],
  exports: [KeyRing, ServerSecrets],
})
export class KeysModule {}
