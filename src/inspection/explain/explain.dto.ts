import { ApiProperty, PickType } from '@nestjs/swagger';
import { PRINCIPAL_TYPES } from '../../access/principal.js';
import type { PrincipalType } from '../../access/principal.js';
import { AuditEventView } from '../../audit/audit.dto.js';
import {
  BooleanField,
  ChoiceField,
  InstantField,
  ListField,
  ObjectField,
  TextField,
  TextListField,
} from '../../platform/http/fields.js';
import { ACTION_MAX } from '../../resources/action.js';
import { CheckAnswer } from '../../resources/check.dto.js';
import { IDENTIFIER_MAX } from '../../resources/resource.entity.js';
import { RevocationReceipt } from '../../revocation/revocation-receipt.dto.js';
import { REVOCATION_KINDS, REVOCATION_REASONS } from '../../revocation/revocation.js';
import { VERIFICATION_STEPS } from '../../tokens/verification-steps.js';
import type { VerificationStep } from '../../tokens/verification-steps.js';
import type { RevocationHit } from './revocation-hits.js';

/** Far above every token: what is too large is explained, too. */
const TOKEN_MAX = 65_536;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

export const OUTCOMES = ['passed', 'failed', 'skipped', 'unknown'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const VERDICTS = ['accepted', 'refused', 'unknown'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** A route of Signet's own API. */
export class NamedRoute {
  @ChoiceField({ description: 'Its method.', choices: METHODS, example: 'GET' })
  readonly method!: string;

  @TextField({
    description: 'Its address, as it was called or as the documentation has it.',
    max: 2048,
    pattern: /^\//,
    example: '/v1/users',
  })
  readonly path!: string;
}

/** What is to be explained. */
export class ExplainRequest {
  @TextField({
    description: 'The token that was refused, or whatever was sent for one.',
    max: TOKEN_MAX,
    secret: true,
  })
  readonly token!: string;

  @ObjectField(() => NamedRoute, {
    description: "What it was sent to, of Signet's own API.",
    optional: true,
  })
  readonly route?: NamedRoute;

  @TextField({
    description:
      "Identifier of the resource that it was sent to; Signet's own API when absent. Not together with a route.",
    max: IDENTIFIER_MAX,
    optional: true,
    example: 'https://deploy.example.com',
  })
  readonly resource?: string;

  @TextField({
    description: 'What was to be done with that resource.',
    max: ACTION_MAX,
    optional: true,
    example: 'read',
  })
  readonly action?: string;
}

/** How one step of the verification went. */
export class ExplainedStep {
  @ChoiceField({ description: 'The step.', choices: VERIFICATION_STEPS, example: 'time' })
  readonly step!: VerificationStep;

  @ChoiceField({
    description:
      '`skipped` when it needs what an earlier step did not find, `unknown` when nothing is certain now.',
    choices: OUTCOMES,
    example: 'failed',
  })
  readonly outcome!: Outcome;

  @TextField({
    description: 'A sentence about it.',
    max: 1024,
    example: 'It expired 95 s ago, at 2026-01-31T12:00:00.000Z; clocks may differ by 5 s.',
  })
  readonly text!: string;
}

/** Somebody, by id and by name. */
export class PrincipalView {
  @TextField({ description: 'Their id.', max: 64 })
  readonly id!: string;

  @ChoiceField({
    description: 'What they are; absent when they are gone.',
    choices: PRINCIPAL_TYPES,
    optional: true,
    example: 'user',
  })
  readonly type?: PrincipalType;

  @TextField({ description: 'Their name; absent when they are gone.', max: 128, optional: true })
  readonly name?: string;
}

/** Whom the token speaks for, as they stand now. */
export class HolderView extends PrincipalView {
  @ChoiceField({
    description: 'How they stand now.',
    choices: ['active', 'disabled', 'gone'],
    example: 'active',
  })
  readonly status!: 'active' | 'disabled' | 'gone';

  @TextListField({ description: 'Their roles now.', maxItems: 1000, itemMax: 64 })
  readonly roles!: readonly string[];

  @TextListField({ description: 'What these permit.', maxItems: 1000, itemMax: 64 })
  readonly permissions!: readonly string[];
}

/** A revocation that takes the token. */
export class RevocationHitView extends PickType(RevocationReceipt, ['revision']) {
  @ChoiceField({ description: 'What was revoked.', choices: REVOCATION_KINDS, example: 'session' })
  readonly kind!: string;

  @TextField({ description: '`jti`, `sid`, `sub` or `kid`, by kind.', max: 64 })
  readonly subject!: string;

  @ChoiceField({ description: 'Why.', choices: REVOCATION_REASONS, example: 'logout' })
  readonly reason!: string;

  @ObjectField(() => PrincipalView, {
    description: 'By whom; null when nobody was signed in.',
    nullable: true,
  })
  readonly revokedBy!: PrincipalView | null;

  @InstantField({ description: 'When.' })
  readonly createdAt!: string;

  static of({ createdAt, ...hit }: RevocationHit): RevocationHitView {
    return { ...hit, createdAt: new Date(createdAt).toISOString() };
  }
}

/** Whether somebody is let in, with this token and with a new one. */
class Admission {
  @BooleanField({ description: 'Whether this token is enough.', example: false })
  readonly withThisToken!: boolean;

  @BooleanField({
    description: 'Whether a token that they got now would be, by what they may do now.',
    example: true,
  })
  readonly withNewToken!: boolean;

  @TextField({
    description: 'Why, for people.',
    max: 1024,
    example: 'The token does not have: needs the permission users:read.',
  })
  readonly text!: string;
}

/** What the holder may do on a route. */
export class RouteVerdict extends Admission {
  @TextField({
    description: 'The route as the documentation has it; null when there is none.',
    max: 2048,
    nullable: true,
    example: '/v1/users/:id',
  })
  readonly path!: string | null;

  @TextField({
    description: 'Whom it lets in; null when there is no such route.',
    max: 512,
    nullable: true,
    example: 'permission `users:read`',
  })
  readonly access!: string | null;

  @BooleanField({
    description:
      'Whether some requests are refused that are let in so far, by what they are about: an account or a resource of others, more than the caller has, an address that asks for a fresh sign-in.',
    example: false,
  })
  readonly decidesFurther!: boolean;
}

/** What the holder may do with a resource. */
export class ResourceVerdict extends Admission {
  @BooleanField({ description: 'Whether it is registered.', example: true })
  readonly known!: boolean;

  @TextListField({
    description: 'All that they may do with it now.',
    maxItems: 1000,
    itemMax: ACTION_MAX,
    example: ['read'],
  })
  readonly actions!: readonly string[];

  @ObjectField(() => CheckAnswer, {
    description: 'Whether they may do what was asked about, and why; absent when nothing was.',
    optional: true,
  })
  readonly decision?: CheckAnswer;
}

const ANYTHING = { type: 'object', additionalProperties: true, nullable: true } as const;

/** What became of a token, and why. */
export class Explanation {
  @ChoiceField({
    description: 'What a guard does with it now; `unknown` is answered with 503.',
    choices: VERDICTS,
    example: 'refused',
  })
  readonly verdict!: Verdict;

  @ListField(() => ExplainedStep, {
    description:
      'Each step in its order. The first that failed is the one at which the token is refused.',
  })
  readonly steps!: readonly ExplainedStep[];

  @BooleanField({
    description:
      'Whether the signature vouches for header and claims; else they are what somebody wrote.',
    example: true,
  })
  readonly trusted!: boolean;

  @ApiProperty({ ...ANYTHING, description: 'Its header; null when it cannot be read.' })
  readonly header!: object | null;

  @ApiProperty({
    ...ANYTHING,
    description: 'Its claims, large ones left out; null when they cannot be read.',
  })
  readonly claims!: object | null;

  @ObjectField(() => HolderView, {
    description: 'Whom it speaks for; null when it is not to be trusted.',
    nullable: true,
  })
  readonly holder!: HolderView | null;

  @ListField(() => RevocationHitView, {
    description: 'The stored revocations that take it, the first one first.',
  })
  readonly revocations!: readonly RevocationHitView[];

  @ListField(() => AuditEventView, {
    description:
      'What happened to the token, its session, its holder and its key since it was issued, or to the compromised key that it names, the latest first; empty without the permission `audit:read`.',
  })
  readonly events!: readonly AuditEventView[];

  @ObjectField(() => RouteVerdict, {
    description: 'What the holder may do on the route; absent when none was named.',
    optional: true,
  })
  readonly route?: RouteVerdict;

  @ObjectField(() => ResourceVerdict, {
    description: 'What the holder may do with the resource; absent when none was named.',
    optional: true,
  })
  readonly resource?: ResourceVerdict;
}
