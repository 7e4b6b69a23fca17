import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { KeyRing } from '../../keys/key-ring.js';
import { ResourcesService } from '../resources.service.js';
import { NothingToVerifyWith } from '../resources.errors.js';
import type { Consumer } from './consumer.js';
import type { ConsumerConfigView } from './consumer-config.dto.js';
import { TEMPLATES } from './templates.js';
import type { ConsumerLibrary } from './templates.js';

/** Prints what makes a library take the tokens of a resource, as this installation issues them now. */
@Injectable()
export class ConsumerConfigService {
  constructor(
    private readonly resources: ResourcesService,
    private readonly keyRing: KeyRing,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @throws ResourceNotFound @throws NothingToVerifyWith */
  async configFor(resourceId: string, library: ConsumerLibrary): Promise<ConsumerConfigView> {
    const { identifier, encryptionKey } = await this.resources.find(resourceId);
    if (isSymmetric(this.keyRing.active.algorithm)) throw new NothingToVerifyWith();
    const { issuer, clockLeeway, accessTokenMaxTtl } = this.settings;
    const consumer: Consumer = {
      issuer,
      audience: identifier,
      jwksUri: `${issuer}/.well-known/jwks.json`,
      introspectionUri: `${issuer}/oauth/introspect`,
      algorithms: this.algorithms(),
      leeway: Math.ceil(clockLeeway / 1000),
      maxLifetime: accessTokenMaxTtl / 1000,
      isEncrypted: encryptionKey !== null,
    };
    return { for: library, ...TEMPLATES[library](consumer) };
  }

  /** Of all keys that are published, which are those that sign or have signed, and that of the keys to come. */
  private algorithms(): readonly string[] {
    const { keys } = JSON.parse(this.keyRing.jwks) as { keys: { alg: string }[] }; // our own set
    const all = [...keys.map(({ alg }) => alg), this.settings.signingAlgorithm];
    return [...new Set(all)].filter((algorithm) => !isSymmetric(algorithm)).sort();
  }
}

function isSymmetric(algorithm: string): boolean {
  return algorithm.startsWith('HS');
}
