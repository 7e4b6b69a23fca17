import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, isOwnAudience } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { Clock } from '../../platform/clock.js';
import { wrongField } from '../../platform/http/problems.js';
import { PrincipalsService } from '../../principals/principals.service.js';
import type { Standing } from '../../principals/standing.js';
import { ResourceAccessService } from '../../resources/resource-access.service.js';
import { resourceContent } from '../../resources/resource-content.js';
import { CredentialsRepository } from '../../service-accounts/credentials.repository.js';
import { ANY_STATUS_INDEX } from '../../status-lists/status-reference.js';
import type { EncryptionKey } from '../../tokens/encryption-key.js';
import { FIRST_PARTY_CLIENT } from '../../tokens/mint.js';
import type { TokenGrant } from '../../tokens/mint.js';
import { ownContent } from '../../tokens/own-content.js';
import { TokenIssuer } from '../../tokens/token-issuer.js';
import { largestClaims } from '../../tokens/token-size.js';
import type { NoTokenCode, PreviewAnswer, PreviewRequest } from './preview.dto.js';

/** In the place of a session or a credential, and as long as its id: there is none. */
const NO_SESSION = '00000000-0000-0000-0000-000000000000';

/** A token that could be issued, and the key that it would be encrypted with. */
interface Draft {
  readonly grant: TokenGrant;
  readonly encryptionKey: EncryptionKey | null;
}

/** Why there is none. */
interface Refusal {
  readonly code: NoTokenCode;
  readonly text: string;
}

/** Says what a token would be, from what real ones are made of, and makes none. */
@Injectable()
export class PreviewService {
  constructor(
    private readonly principals: PrincipalsService,
    private readonly access: ResourceAccessService,
    private readonly credentials: CredentialsRepository,
    private readonly issuer: TokenIssuer,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @throws ValidationFailed for a scope that a person's own sign-in could not be asked for. */
  async preview(request: PreviewRequest): Promise<PreviewAnswer> {
    const { accessTokenMaxSize: limit } = this.settings;
    const draft = await this.draft(request);
    if ('code' in draft) return { issued: false, reason: draft, token: null, limit };
    const { claims, size } = await this.issuer.measureFor(draft.grant, draft.encryptionKey);
    const token = {
      claims,
      size,
      encrypted: draft.encryptionKey !== null,
      largest: largestClaims(claims),
    };
    if (size <= limit) return { issued: true, reason: null, token, limit };
    const text = `It would have ${size} bytes, and may have ${limit}.`;
    return { issued: false, reason: { code: 'too_large', text }, token, limit };
  }

  private async draft({ principal, resource, scope }: PreviewRequest): Promise<Draft | Refusal> {
    const asOf = this.clock.now();
    const standing = await this.principals.standing(principal.id);
    if (standing?.type !== principal.type)
      return { code: 'unknown_principal', text: 'There is nobody of that kind and id.' };
    if (standing.status !== 'active')
      return { code: 'principal_disabled', text: 'They are disabled.' };
    if (
      principal.type === 'service' &&
      (await this.credentials.countLive(principal.id, asOf)) === 0
    )
      return { code: 'no_credential', text: 'The service account has no credential to ask with.' };
    const asked = scope === undefined ? undefined : new Set(scope.split(' '));
    const holder = holderOf(principal.id, standing, asOf);
    return resource === undefined || isOwnAudience(this.settings, resource)
      ? draftForSignet(holder, standing, asked)
      : this.draftFor(resource, holder, standing, asked);
  }

  private async draftFor(
    identifier: string,
    holder: Holder,
    standing: Standing,
    asked: ReadonlySet<string> | undefined,
  ): Promise<Draft | Refusal> {
    const access = await this.access.accessOf(identifier, holder.subject);
    if (access === undefined)
      return { code: 'unknown_resource', text: 'No resource has this identifier.' };
    if (access.actions.length === 0)
      return { code: 'nothing_granted', text: `Nothing is granted to them on ${identifier}.` };
    const wanted = access.actions.filter((action) => asked?.has(action) ?? true);
    if (wanted.length === 0) return NOTHING_OF_SCOPE;
    const narrowed = access.narrowedTo(wanted);
    return {
      grant: { ...holder, ...resourceContent(narrowed, standing) },
      encryptionKey: access.resource.encryptionKey,
    };
  }
}

const NOTHING_OF_SCOPE: Refusal = {
  code: 'nothing_of_scope',
  text: 'Nothing of that scope is granted to them.',
};

type Holder = Pick<
  TokenGrant,
  'subject' | 'clientId' | 'sessionId' | 'statusIndex' | 'authentication' | 'asOf'
>;

function holderOf(subject: string, { type }: Standing, asOf: number): Holder {
  return {
    subject,
    sessionId: NO_SESSION,
    statusIndex: ANY_STATUS_INDEX,
    asOf,
    ...(type === 'service'
      ? { clientId: subject }
      : { clientId: FIRST_PARTY_CLIENT, authentication: { time: asOf, amr: ['pwd'] } }),
  };
}

function draftForSignet(
  holder: Holder,
  standing: Standing,
  asked: ReadonlySet<string> | undefined,
): Draft | Refusal {
  if (asked !== undefined && standing.type === 'user')
    throw wrongField('/scope', 'not_asked_for', 'needs a resource: signing in asks for no scope');
  const content = ownContent(standing, asked);
  if (asked !== undefined && content.scope.length === 0) return NOTHING_OF_SCOPE;
  return { grant: { ...holder, ...content }, encryptionKey: null };
}
