import type { OperationObject, ResponseObject, SchemaObject } from '@nestjs/swagger';
import type { ErrorFormat } from '../../platform/http/error-format.js';
import { Problem } from '../../platform/http/problem.js';
import type { ProblemKind } from '../../platform/http/problem.js';
import { ValidationFailed } from '../../platform/http/problems.js';

/** The body of every problem (RFC 9457), as a component of the document. */
export const PROBLEM_SCHEMA: SchemaObject = {
  type: 'object',
  description: 'What went wrong (RFC 9457). Programs decide by `code`.',
  required: ['type', 'title', 'status', 'code', 'requestId'],
  properties: {
    type: { type: 'string', format: 'uri', description: 'A URI for this kind of problem.' },
    title: { type: 'string', description: 'A sentence for people; the same for every occurrence.' },
    status: { type: 'integer', minimum: 400, maximum: 599, description: 'The HTTP status.' },
    code: { type: 'string', pattern: '^[a-z][a-z_]*$', description: 'Does not change.' },
    detail: { type: 'string', description: 'More about this occurrence.' },
    requestId: { type: 'string', description: 'Finds the request in the logs.' },
    errors: {
      type: 'array',
      description: 'The fields that are wrong.',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'detail'],
        properties: {
          pointer: {
            type: 'string',
            description: 'JSON pointer into the body, or `/` and a parameter.',
          },
          code: { type: 'string' },
          detail: { type: 'string' },
        },
      },
    },
  },
};

const CHALLENGE = {
  'WWW-Authenticate': {
    description: 'How to authenticate (RFC 6750, RFC 9470).',
    schema: { type: 'string' },
  },
};
const PATIENCE = {
  'Retry-After': { description: 'Seconds after which to try again.', schema: { type: 'integer' } },
};

const HEADERS: Readonly<Record<number, ResponseObject['headers']>> = {
  401: CHALLENGE,
  403: CHALLENGE,
  429: PATIENCE,
  503: PATIENCE,
};

/** Adds the problems to the responses of the operation, one response a status, one example a code. */
export function addProblems(
  operation: OperationObject,
  kinds: readonly ProblemKind[],
  format: ErrorFormat,
): void {
  const { responses } = operation;
  for (const status of new Set(kinds.map((kind) => format.statusOf(kind)))) {
    const sameStatus = [...new Set(kinds)].filter((kind) => format.statusOf(kind) === status);
    const given = responses[status];
    const own = given === undefined || '$ref' in given ? undefined : given;
    const headers = { ...HEADERS[status], ...own?.headers };
    const titles = sameStatus.map(({ title }) => `${title}.`);
    responses[status] = {
      ...own,
      description: [own?.description ?? '', ...titles].join(' ').trim(),
      ...(Object.keys(headers).length === 0 ? {} : { headers }),
      content: {
        ...own?.content,
        [format.contentType]: {
          schema: { $ref: `#/components/schemas/${format.schema}` },
          examples: Object.fromEntries(
            sameStatus.map((kind) => [kind.code, exampleOf(kind, format)]),
          ),
        },
      },
    };
  }
}

class Example extends Problem {
  constructor(kind: ProblemKind) {
    const errors = [{ pointer: '/email', code: 'isEmail', detail: 'must be an e-mail address' }];
    super(kind, kind === ValidationFailed.kind ? { errors } : {});
  }
}

function exampleOf(kind: ProblemKind, format: ErrorFormat) {
  return { summary: kind.title, value: format.bodyOf(new Example(kind), 'q3Jv0bX1') };
}
