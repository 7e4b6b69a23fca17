import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { Envelope } from './envelope.js';
import { SealedSecret } from './sealed-secret.entity.js';
import { sealName } from './sealed-key.js';
import { secretName } from './server-secrets.js';
import { SigningKeysRepository } from './signing-keys.repository.js';

/**
 * Seals with the current key-encryption key what an older one has sealed, so that the older one can be
 * taken out of the configuration. Replicas may do this at once, and a crash leaves nothing half done:
 * each row is exchanged by itself, if it is still what was read.
 */
@Injectable()
export class Resealing {
  constructor(
    private readonly database: Database,
    private readonly keys: SigningKeysRepository,
    private readonly envelope: Envelope,
  ) {}

  /** @returns how many rows were sealed anew. @throws CannotUnseal */
  async run(): Promise<number> {
    let resealed = 0;
    for (const { kid, sealedPrivateKey: before } of await this.keys.sealed()) {
      if (this.envelope.isCurrent(before)) continue;
      await this.keys.reseal(kid, before, this.envelope.reseal(sealName(kid), before));
      resealed++;
    }
    for (const { name, sealed: before } of await this.database.repository(SealedSecret).find()) {
      if (this.envelope.isCurrent(before)) continue;
      const after = this.envelope.reseal(secretName(name), before);
      await this.database
        .repository(SealedSecret)
        .update({ name, sealed: before }, { sealed: after });
      resealed++;
    }
    return resealed;
  }
}
