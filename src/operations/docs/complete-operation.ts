import { STATUS_CODES } from 'node:http';
import type { OperationObject } from '@nestjs/swagger';
import { declaredAccess, describeAccess } from '../../access/access.js';
import type { Access } from '../../access/access.js';
import { declaredFreshness } from '../../access/fresh.js';
import {
  AccessDenied,
  AmbiguousCredentials,
  AuthenticationRequired,
  InvalidToken,
  StaleAuthentication,
} from '../../access/access.errors.js';
import type { Settings } from '../../config/settings.js';
import { errorFormatOf } from '../../platform/http/error-format.js';
import { declaresHeaderOnly } from '../../access/header-only.js';
import { CsrfFailed } from '../../auth/cookies/cookies.errors.js';
import type { ProblemKind } from '../../platform/http/problem.js';
import {
  MalformedRequest,
  PayloadTooLarge,
  PreconditionFailed,
  ServiceUnavailable,
  UnsupportedMediaType,
  ValidationFailed,
} from '../../platform/http/problems.js';
import { thrownBy } from '../../platform/http/throws.js';
import { RevocationStateStale } from '../../revocation/revocation.errors.js';
import { answersAlways } from '../startup.guard.js';
import { addProblems } from './problem-responses.js';

/** The names of the security schemes in the document. */
export const BEARER = 'bearer';
export const ACCESS_COOKIE = 'accessCookie';
export const CSRF_TOKEN = 'csrfToken';

/** The code behind an operation. */
export interface Handler {
  readonly handler: object;
  readonly controller: object;
}

/** The settings that show in the document. */
type DocumentedSettings = Pick<Settings, 'freshnessMaxAge' | 'tokenLocations' | 'csrfMethods'>;

type Documented = readonly { readonly kind: ProblemKind }[];

/** Answers that every route with a token can give. */
const OF_AUTHENTICATION: Documented = [
  AuthenticationRequired,
  InvalidToken,
  AmbiguousCredentials,
  RevocationStateStale,
];

const OF_A_BODY: Documented = [
  ValidationFailed,
  MalformedRequest,
  PayloadTooLarge,
  UnsupportedMediaType,
];

/** Adds to an operation what follows from the code behind it, so that nobody has to remember it. */
export function completeOperation(
  operation: OperationObject,
  method: string,
  { handler, controller }: Handler,
  settings: DocumentedSettings,
): void {
  const access = declaredAccess(handler, controller);
  // A public route may authenticate in a way of its own; it says so in the document's terms.
  const own = access?.kind === 'public' ? (operation.security ?? []) : [];
  const words = access === undefined ? 'nobody' : describeAccess(access);
  const who = own.length === 0 ? words : 'whoever authenticates in one of the ways listed';
  const demand = declaredFreshness(handler, controller);
  const maxAge = demand && Math.floor((demand.maxAge ?? settings.freshnessMaxAge) / 1000);
  operation.description = [
    operation.description ?? '',
    `Access: ${who}.`,
    maxAge === undefined ? '' : describeFreshness(maxAge),
  ]
    .join('\n\n')
    .trim();
  const ways = waysIn(access, method, { handler, controller }, settings);
  operation.security = own.length === 0 ? securityOf(access, ways) : own;
  Object.assign(operation, {
    'x-signet-access': access ?? null,
    ...(maxAge === undefined ? {} : { 'x-signet-fresh': { maxAge } }),
  });
  const early = answersAlways(controller) ? [] : [ServiceUnavailable];
  const stale = maxAge === undefined ? [] : [StaleAuthentication];
  const forged = ways.csrf ? [CsrfFailed] : [];
  const implied = [...byAccess(access), ...stale, ...forged, ...byInput(operation), ...early];
  const kinds = [...implied.map(({ kind }) => kind), ...thrownBy(handler)];
  addProblems(operation, kinds, errorFormatOf(handler));
  for (const [status, response] of Object.entries(operation.responses)) {
    // The document must have a description; the decorators leave it empty.
    if (response !== undefined && !('$ref' in response))
      response.description ||= STATUS_CODES[status] ?? '';
  }
}

/** How the access token of an operation may come, and whether a cookie needs the CSRF token beside it. */
interface WaysIn {
  readonly header: boolean;
  readonly cookie: boolean;
  readonly csrf: boolean;
}

function waysIn(
  access: Access | undefined,
  method: string,
  { handler, controller }: Handler,
  { tokenLocations, csrfMethods }: DocumentedSettings,
): WaysIn {
  const isPublic = access?.kind === 'public';
  const cookie =
    !isPublic && tokenLocations.includes('cookie') && !declaresHeaderOnly(handler, controller);
  return {
    header: !isPublic && tokenLocations.includes('header'),
    cookie,
    csrf: cookie && csrfMethods.includes(method.toUpperCase()),
  };
}

function securityOf(
  access: Access | undefined,
  { header, cookie, csrf }: WaysIn,
): NonNullable<OperationObject['security']> {
  return [
    // An empty requirement says that the others are optional (OpenAPI 3.0, Security Requirement Object).
    ...(access?.kind === 'optional' ? [{}] : []),
    ...(header ? [{ [BEARER]: [] }] : []),
    ...(cookie ? [{ [ACCESS_COOKIE]: [], ...(csrf ? { [CSRF_TOKEN]: [] } : {}) }] : []),
  ];
}

function describeFreshness(seconds: number): string {
  return `Freshness: a proof of who you are from the last ${seconds} seconds; \`POST /v1/auth/reauthenticate\` gives a fresh token.`;
}

function byAccess(access: Access | undefined): Documented {
  switch (access?.kind) {
    case 'public':
      return [];
    case 'optional':
      return OF_AUTHENTICATION;
    case 'authenticated':
      return [...OF_AUTHENTICATION, ...(access.type === undefined ? [] : [AccessDenied])];
    default:
      return [...OF_AUTHENTICATION, AccessDenied];
  }
}

function byInput({ parameters = [], requestBody }: OperationObject): Documented {
  const given = parameters.flatMap((parameter) => ('in' in parameter ? [parameter] : []));
  const isChecked = given.some((parameter) => parameter.in === 'query' || parameter.in === 'path');
  const isConditional = given.some(({ name }) => name.toLowerCase() === 'if-match');
  return [
    ...(isChecked ? [ValidationFailed] : []),
    ...(isConditional ? [PreconditionFailed] : []),
    ...(requestBody === undefined ? [] : OF_A_BODY),
  ];
}
