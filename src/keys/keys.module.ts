import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { RevocationModule } from '../revocation/revocation.module.js';
import { Envelope } from './envelope.js';
import { JwksController } from './jwks.controller.js';
import { keyEncryptionKey } from './key-encryption-key.js';
import { KeyMaintenance } from './key-maintenance.js';
import { KeyRing } from './key-ring.js';
import { KeySuccession } from './key-succession.js';
import { KeysController } from './keys.controller.js';
import { KeysService } from './keys.service.js';
import { Resealing } from './resealing.js';
import { ServerSecrets } from './server-secrets.js';
import { SigningKeysRepository } from './signing-keys.repository.js';

/** The keys that sign tokens and the secrets that replicas share. */
@Module({
  imports: [AuditModule, RevocationModule],
  controllers: [JwksController, KeysController],
  providers: [
    {
      provide: Envelope,
      inject: [SETTINGS],
      useFactory: (settings: Settings) =>
        new Envelope(keyEncryptionKey(settings), settings.otherKeyEncryptionKeys),
    },
    KeyMaintenance,
    KeyRing,
    KeySuccession,
    KeysService,
    Resealing,
    ServerSecrets,
    SigningKeysRepository,
  ],
  exports: [KeyMaintenance, KeyRing, KeysService, Resealing, ServerSecrets],
})
export class KeysModule {}
