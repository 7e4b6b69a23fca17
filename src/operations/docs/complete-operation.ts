import { STATUS_CODES } from 'node:http';
import type { OperationObject } from '@nestjs/swagger';
import { declaredAccess, describeAccess } from '../../access/access.js';
import type { Access } from '../../access/access.js';
import {
  AccessDenied,
  AmbiguousCredentials,
  AuthenticationRequired,
  InvalidToken,
} from '../../access/access.errors.js';
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

/** The name of the bearer scheme in the document. */
export const BEARER = 'bearer';

/** The code behind an operation. */
export interface Handler {
  readonly handler: object;
  readonly controller: object;
}

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
  { handler, controller }: Handler,
): void {
  const access = declaredAccess(handler, controller);
  const words = access === undefined ? 'nobody' : describeAccess(access);
  operation.description = [operation.description ?? '', `Access: ${words}.`].join('\n\n').trim();
  operation.security = access?.kind === 'public' ? [] : [{ [BEARER]: [] }];
  Object.assign(operation, { 'x-signet-access': access ?? null });
  const early = answersAlways(controller) ? [] : [ServiceUnavailable];
  const implied = [...byAccess(access), ...byInput(operation), ...early].map(({ kind }) => kind);
  addProblems(operation, [...implied, ...thrownBy(handler)]);
  for (const [status, response] of Object.entries(operation.responses)) {
    // The document must have a description; the decorators leave it empty.
    if (response !== undefined && !('$ref' in response))
      response.description ||= STATUS_CODES[status] ?? '';
  }
}

function byAccess(access: Access | undefined): Documented {
  switch (access?.kind) {
    case 'public':
      return [];
    case 'authenticated':
      return OF_AUTHENTICATION;
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
