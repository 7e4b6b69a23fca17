import { Inject, Injectable } from '@nestjs/common';
import { isUUID } from 'class-validator';
import type { Logger } from 'pino';
import type { Origin } from '../../access/principal.js';
import { AuditService } from '../../audit/audit.service.js';
import { Clock } from '../../platform/clock.js';
import { LOGGER } from '../../platform/logger.js';
import { PrincipalsService } from '../../principals/principals.service.js';
import type { Standing } from '../../principals/standing.js';
import { StatusIndexes } from '../../status-lists/status-indexes.js';
import { hashOfSecret } from '../client-secret.js';
import { CredentialsRepository } from '../credentials.repository.js';
import { InvalidClient } from '../service-accounts.errors.js';
import { isLive } from '../service-credential.entity.js';
import type { ServiceCredential } from '../service-credential.entity.js';
import { AssertionVerifier } from './assertion-verifier.js';
import { readPresentedClient } from './presented-client.js';
import type {
  ClientAuthenticationMethod,
  ClientParameters,
  PresentedClient,
} from './presented-client.js';
import { Refusal } from './refusal.js';
import { UsedAssertions } from './used-assertions.js';

/** A request whose client is to be authenticated. */
export interface ClientRequest {
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
  /** The form; a parameter that came twice has been refused before (RFC 6749 3.2). */
  readonly body: ClientParameters;
  readonly origin: Origin;
  /** What an assertion's `aud` may be: the issuer, and the URL of the endpoint that was called. */
  readonly audiences: readonly string[];
}

/** A service account that has proved who it is, as it stands now. Instants are milliseconds since the epoch. */
export interface AuthenticatedClient {
  /** The service account: `sub` and `client_id` of its own tokens. */
  readonly id: string;
  /** What it proved it with: the `sid` of its own tokens. */
  readonly credentialId: string;
  /** When the credential ends; undefined when it does not. No token may outlive it. */
  readonly credentialExpiresAt: number | undefined;
  /** Where the status of its tokens is; null when there are no status lists. */
  readonly statusIndex: number | null;
  readonly method: ClientAuthenticationMethod;
  /** The status is active. */
  readonly standing: Standing;
  /** For `TokenGrant.asOf`: nothing above was read before. */
  readonly asOf: number;
}

/** The credential that was proved, and how its account stands. */
interface Proved {
  readonly credential: ServiceCredential;
  readonly standing: Standing | undefined;
}

/** A use is noted when the last one noted is older than this, in ms. */
const NOTED_EVERY = 60_000;

/** What is looked for in place of an id that no account can have, so that the answer takes as long. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/**
 * Finds out which service account a request comes from (RFC 6749 2.3, RFC 7523). Secrets cannot be
 * guessed, yet each failure is a row in the audit log: whoever calls this limits failures by source first.
 */
@Injectable()
export class ClientAuthenticator {
  constructor(
    private readonly credentials: CredentialsRepository,
    private readonly assertions: AssertionVerifier,
    private readonly used: UsedAssertions,
    private readonly principals: PrincipalsService,
    private readonly statusIndexes: StatusIndexes,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /**
   * Takes the client's word for nothing: exactly one method, one credential that is live, of an account
   * that is active. A used assertion is remembered at once, so this is not to be called within a
   * transaction, whose end might take that back.
   *
   * @throws AmbiguousCredentials for more than one method in a request.
   * @throws InvalidClient for everything else that is not right.
   */
  async authenticate(request: ClientRequest): Promise<AuthenticatedClient> {
    let presented: PresentedClient | undefined;
    try {
      presented = readPresentedClient(request.authorization, request.body);
      return await this.prove(presented, request.audiences);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await this.recordFailure(request.origin, presented, error);
      throw new InvalidClient();
    }
  }

  private async prove(
    presented: PresentedClient,
    audiences: readonly string[],
  ): Promise<AuthenticatedClient> {
    const asOf = this.clock.now();
    const { credential, standing } =
      presented.method === 'private_key_jwt'
        ? await this.proveByKey(presented, audiences, asOf)
        : await this.proveBySecret(presented, asOf);
    const { id, serviceAccountId, expiresAt } = credential;
    if (standing?.status !== 'active') throw new Refusal('account_not_active');
    await this.noteUse(credential, asOf);
    const statusIndex = credential.statusIndex ?? (await this.giveIndex(id));
    return {
      id: serviceAccountId,
      credentialId: id,
      credentialExpiresAt: expiresAt ?? undefined,
      statusIndex,
      method: presented.method,
      standing,
      asOf,
    };
  }

  /** One hash and one look into the index, whatever the client and the secret are. @throws Refusal */
  private async proveBySecret(
    { id, secret }: Extract<PresentedClient, { secret: string }>,
    now: number,
  ): Promise<Proved> {
    const found = await this.credentials.findBySecret(lookedFor(id), hashOfSecret(secret));
    if (found === undefined) throw new Refusal('unknown_credential');
    if (!isLive(found.credential, now)) throw new Refusal('credential_ended');
    return found;
  }

  /** @throws Refusal */
  private async proveByKey(
    { id, assertion }: Extract<PresentedClient, { assertion: unknown }>,
    audiences: readonly string[],
    now: number,
  ): Promise<Proved> {
    const keyPairs = await this.credentials.liveKeyPairs(lookedFor(id), now);
    const verified = await this.assertions.verify(assertion, keyPairs, audiences);
    const { credential, jti, goneAt } = verified;
    if (!(await this.used.take(id, jti, goneAt))) throw new Refusal('replayed_assertion');
    return { credential, standing: await this.principals.standing(credential.serviceAccountId) };
  }

  /** Once for what an older version made. Before any token is, since a token without is refused downstream. */
  private async giveIndex(credentialId: string): Promise<number | null> {
    const statusIndex = await this.statusIndexes.take();
    return statusIndex === null ? null : this.credentials.index(credentialId, statusIndex);
  }

  /** For people who tidy up. Not worth refusing anybody for. */
  private async noteUse({ id, lastUsedAt }: ServiceCredential, now: number): Promise<void> {
    const before = now - NOTED_EVERY;
    if (lastUsedAt !== null && lastUsedAt >= before) return;
    try {
      await this.credentials.noteUse(id, now, before);
    } catch (error) {
      this.log.warn({ err: error, credentialId: id }, 'The use of a credential cannot be noted');
    }
  }

  private async recordFailure(
    origin: Origin,
    presented: PresentedClient | undefined,
    { reason }: Refusal,
  ): Promise<void> {
    const id = presented?.id;
    await this.audit.record(
      { origin },
      {
        action: 'client.authentication_failed',
        // Anything else is no account, and may be a secret in the wrong place.
        ...(id !== undefined && isUUID(id) ? { target: { type: 'service-account', id } } : {}),
        detail: { reason, method: presented?.method ?? null },
      },
    );
  }
}

function lookedFor(id: string): string {
  return isUUID(id) ? id : NOBODY;
}
