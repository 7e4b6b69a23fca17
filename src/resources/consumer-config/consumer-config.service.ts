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
    const { issuer, clockLeeway, accessTokenMaxTtl, jwksMaxAge } = this.settings;
    const consumer: Consumer = {
      issuer,
      audience: identifier,
      jwksUri: `${issuer}/.well-known/jwks.json`,
      introspectionUri: `${issuer}/oauth/introspect`,
      algorithms: this.algorithms(),
      jwksMaxAge: Math.floor(jwksMaxAge / 1000),
      leeway: Math.ceil(clockLeeway / 1000),
      maxLifetime: accessTokenMaxTtl / 1000,
      isEncrypted: encryptionKey !== null,
    };
    return { for: library, ...TEMPLATES[library](consumer) };
  }

  /** Of the keys that sign, have signed or are next, and of those to come. */
  private algorithms(): readonly string[] {
    const all = new Set([...this.keyRing.algorithms, this.settings.signingAlgorithm]);
    return [...all].filter((algorithm) => !isSymmetric(algorithm)).sort();
  }
}

function isSymmetric(algorithm: string): boolean {
  return algorithm.startsWith('HS');
}
