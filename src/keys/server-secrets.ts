import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import { isDuplicate } from '../platform/database/database-errors.js';
import { Envelope } from './envelope.js';
import { SealedSecret } from './sealed-secret.entity.js';

/** What the secrets are for. Each purpose has a key of its own. */
export type SecretPurpose = 'refresh-token-mac' | 'csrf-mac';

const PURPOSES: readonly SecretPurpose[] = ['refresh-token-mac', 'csrf-mac'];

/** Random 256-bit secrets that all replicas share. */
@Injectable()
export class ServerSecrets {
  private readonly secrets = new Map<SecretPurpose, Buffer>();

  constructor(
    private readonly database: Database,
    private readonly envelope: Envelope,
    private readonly clock: Clock,
  ) {}

  /** @throws Error before `load`. */
  get(purpose: SecretPurpose): Buffer {
    const secret = this.secrets.get(purpose);
    if (secret === undefined) throw new Error('The server secrets are not loaded yet');
    return secret;
  }

  /** Makes what is missing, then loads all. Several replicas may do this at once; one secret wins. */
  async load(): Promise<void> {
    for (const name of PURPOSES) {
      const row = (await this.find(name)) ?? (await this.create(name));
      this.secrets.set(name, this.envelope.open(secretName(name), row.sealed));
    }
  }

  private find(name: SecretPurpose): Promise<SealedSecret | null> {
    return this.database.repository(SealedSecret).findOneBy({ name });
  }

  private async create(name: SecretPurpose): Promise<SealedSecret> {
    const sealed = this.envelope.seal(secretName(name), randomBytes(32));
    try {
      await this.database
        .repository(SealedSecret)
        .insert({ name, sealed, createdAt: this.clock.now() });
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
    const row = await this.find(name);
    if (row === null) throw new Error(`The server secret ${name} vanished`);
    return row;
  }
}

/** What the sealed text is bound to, so that rows cannot be swapped. */
export function secretName(name: string): string {
  return `secret:${name}`;
}
