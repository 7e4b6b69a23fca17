import { Injectable } from '@nestjs/common';
import { ResourceAccessService } from '../../resources/resource-access.service.js';
import type { ResourceAccess } from '../../resources/resource-access.service.js';
import type { Standing } from '../../principals/standing.js';
import { resourceContent } from '../../resources/resource-content.js';
import type { TokenGrant } from '../../tokens/mint.js';
import { TokenIssuer } from '../../tokens/token-issuer.js';
import type { IssuedToken } from '../../tokens/token-issuer.js';
import { InvalidTarget } from '../oauth.errors.js';
import { granted } from './requested.js';

/** Who gets a token for a resource, and what bounds it. Instants are milliseconds since the epoch. */
export interface ResourceTokenRequest extends Pick<
  TokenGrant,
  'subject' | 'clientId' | 'sessionId' | 'statusIndex' | 'authentication' | 'actor' | 'asOf'
> {
  /** When the token must be over at the latest, for each thing that it rests on. */
  readonly notAfter: readonly number[];
}

/** Issues tokens for resources: what they say comes from the grants that there are now. */
@Injectable()
export class ResourceTokens {
  constructor(
    private readonly access: ResourceAccessService,
    private readonly issuer: TokenIssuer,
  ) {}

  /**
   * What the subject may do with the resource.
   *
   * @throws InvalidTarget when there is no such resource; when nothing is granted, `issue` says the same.
   */
  async accessOf(identifier: string, subject: string, known?: Standing): Promise<ResourceAccess> {
    const access = await this.access.accessOf(identifier, subject, known);
    if (access === undefined) throw new InvalidTarget();
    return access;
  }

  /**
   * Undefined when there is no second left of what the token rests on.
   *
   * @throws InvalidTarget
   * @throws InvalidScope
   * @throws TokenTooLarge
   */
  async issue(
    access: ResourceAccess,
    asked: ReadonlySet<string> | undefined,
    { notAfter, ...request }: ResourceTokenRequest,
  ): Promise<IssuedToken | undefined> {
    const { standing, resource } = access;
    if (standing === undefined || access.actions.length === 0) throw new InvalidTarget();
    const narrowed = access.narrowedTo(granted(access.actions, asked));
    const lifetime = lifetimeUntil(request.asOf, notAfter, narrowed.lifetime);
    if (lifetime < 1000) return undefined; // tokens count whole seconds
    return this.issuer.issueForResource(
      { ...request, ...resourceContent(narrowed, standing), lifetime },
      resource.encryptionKey,
    );
  }
}

/**
 * The lifetime in ms, cut so that a token that is issued as of `asOf` is over by each of the ends. `iat`
 * counts whole seconds and is cut off: a token may live from there.
 */
export function lifetimeUntil(asOf: number, ends: readonly number[], lifetime: number): number {
  const iat = Math.floor(asOf / 1000) * 1000;
  return Math.min(lifetime, ...ends.map((end) => end - iat));
}
