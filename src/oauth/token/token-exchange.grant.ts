import { Injectable } from '@nestjs/common';
import type { Origin, SignedIn } from '../../access/principal.js';
import { AuditService } from '../../audit/audit.service.js';
import { Clock } from '../../platform/clock.js';
import { ValidationFailed } from '../../platform/http/problems.js';
import type { AuthenticatedClient } from '../../service-accounts/client-authentication/client-authenticator.js';
import { FIRST_PARTY_CLIENT } from '../../tokens/mint.js';
import type { IssuedToken } from '../../tokens/token-issuer.js';
import { actorOf } from '../clients/caller.js';
import { InvalidSubjectToken, UnauthorizedClient } from '../oauth.errors.js';
import { endsOf } from './client-credentials.grant.js';
import { requestedScope, requestedTarget } from './requested.js';
import { ResourceTokens } from './resource-tokens.service.js';
import { SubjectTokens } from './subject-token.service.js';
import type { SubjectToken } from './subject-token.service.js';
import { ACCESS_TOKEN_TYPE } from './token.dto.js';
import type { TokenForm } from './token.dto.js';

/**
 * A person's token for a resource, in exchange for another one of theirs (RFC 8693): they get it
 * themselves, without a client that could authenticate, or a service gets it, to act for them.
 *
 * Signet's own API is no target: a person has a token for it, and no service acts there for anybody.
 * What it may do comes from the person's grants alone: a service that acts for somebody can do there
 * what they can, and no more. Everything that ends the token given ends the new one: the session, the
 * person, and for a service its account and its credential (`act`).
 */
@Injectable()
export class TokenExchangeGrant {
  constructor(
    private readonly subjects: SubjectTokens,
    private readonly resourceTokens: ResourceTokens,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /**
   * @param client the service that acts; undefined when the person asks.
   * @throws ValidationFailed
   * @throws UnauthorizedClient
   * @throws InvalidSubjectToken
   * @throws InvalidTarget
   * @throws InvalidScope
   * @throws TokenTooLarge
   * @throws RevocationStateStale
   */
  async issue(
    client: AuthenticatedClient | undefined,
    form: TokenForm,
    origin: Origin,
  ): Promise<IssuedToken> {
    if (client?.standing.permissions.includes('tokens:exchange') === false)
      throw new UnauthorizedClient({ detail: 'The client needs the permission tokens:exchange' });
    const token = readExchange(form);
    const target = requestedTarget(form);
    if (target === undefined) throw wrong('resource', 'required', 'is missing');
    const asked = requestedScope(form);
    const asOf = client?.asOf ?? this.clock.now();
    const subject = await this.subjects.read(token, client?.id);
    const issued = await this.issueFor(subject, target, asked, client, asOf);
    const actor = client === undefined ? bearerOf(subject, origin) : actorOf(client, origin);
    await this.record(actor, subject, issued);
    return issued;
  }

  private async issueFor(
    { claims, statusIndex }: SubjectToken,
    target: string,
    asked: ReadonlySet<string> | undefined,
    client: AuthenticatedClient | undefined,
    asOf: number,
  ): Promise<IssuedToken> {
    const access = await this.resourceTokens.accessOf(target, claims.sub);
    const { standing } = access;
    // As for the session: what the database says goes before what this replica has heard.
    if (standing?.status !== 'active' || claims.ver < standing.tokenVersion)
      throw new InvalidSubjectToken();
    const issued = await this.resourceTokens.issue(access, asked, {
      subject: claims.sub,
      clientId: client?.id ?? FIRST_PARTY_CLIENT,
      sessionId: claims.sid,
      statusIndex,
      authentication: { time: (claims.auth_time ?? claims.iat) * 1000, amr: claims.amr ?? [] },
      ...(client === undefined ? {} : { actor: actOf(client) }),
      notAfter: [claims.exp * 1000, ...(client === undefined ? [] : endsOf(client))],
      asOf,
    });
    if (issued === undefined) throw new InvalidSubjectToken();
    return issued;
  }

  private async record(
    actor: SignedIn,
    { claims: from }: SubjectToken,
    { claims: to }: IssuedToken,
  ): Promise<void> {
    await this.audit.record(actor, {
      action: 'token.exchanged',
      target: { type: 'user', id: from.sub },
      detail: {
        resource: to.aud,
        scope: to.scope,
        subjectTokenId: from.jti,
        tokenId: to.jti,
        sessionId: from.sid,
      },
    });
  }
}

/** RFC 8693 2.1: the parameters that there must be, and those that must not. @throws ValidationFailed */
function readExchange(form: TokenForm): string {
  const { subject_token: token, subject_token_type: type, requested_token_type: wanted } = form;
  if (token === undefined) throw wrong('subject_token', 'required', 'is missing');
  if (type !== ACCESS_TOKEN_TYPE)
    throw wrong('subject_token_type', 'unsupported', `must be ${ACCESS_TOKEN_TYPE}`);
  if (wanted !== undefined && wanted !== ACCESS_TOKEN_TYPE)
    throw wrong('requested_token_type', 'unsupported', `must be ${ACCESS_TOKEN_TYPE}`);
  if (form.actor_token !== undefined || form.actor_token_type !== undefined)
    throw wrong('actor_token', 'unsupported', 'is not supported: the client acts');
  return token;
}

function wrong(name: string, code: string, detail: string): ValidationFailed {
  return new ValidationFailed({ errors: [{ pointer: `/${name}`, code, detail }] });
}

function actOf({ id, credentialId, standing }: AuthenticatedClient) {
  return { sub: id, sid: credentialId, ver: standing.tokenVersion };
}

function bearerOf({ principal }: SubjectToken, origin: Origin): SignedIn {
  return { principal, origin };
}
