import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { Answer } from './http.js';
import { operationOf } from './openapi.js';
import type { OpenApiDocument, Operation } from './openapi.js';
import { toJsonSchema } from './openapi-schema.js';

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  /** Of the body; JSON when absent. */
  readonly contentType?: string;
}

const DOCUMENT = 'openapi.json';

/**
 * Holds every answer of the tests against the OpenAPI document: status, content type and body must be
 * declared, and nothing may be answered that is not. A request that was accepted must be declared, too.
 */
export class Conformance {
  private readonly ajv = new Ajv({ strict: false, allErrors: true });
  private readonly validators = new Map<string, ValidateFunction>();

  constructor(private readonly document: OpenApiDocument) {
    // ajv-formats is CommonJS: its default export is the module when Node imports it.
    const register = addFormats as unknown as typeof addFormats.default;
    register(this.ajv);
    this.ajv.addSchema({ $id: DOCUMENT, ...(toJsonSchema(document) as object) });
  }

  /** @throws Error that names the route, the status and what does not fit. */
  check(request: Request, answer: Answer): void {
    const found = operationOf(this.document, request.method, request.path);
    const name = `${request.method} ${request.path} -> ${answer.status}`;
    if (found === undefined) throw mismatch(name, 'the route is not documented', answer);
    const { operation, pointer } = found;
    const problems = [
      ...this.answerProblems(operation, pointer, answer),
      ...(answer.status < 300 ? this.requestProblems(operation, pointer, request) : []),
    ];
    if (problems.length > 0) throw mismatch(name, problems.join('\n  '), answer);
  }

  private answerProblems(operation: Operation, pointer: string, answer: Answer): string[] {
    const declared = operation.responses[answer.status];
    if (declared === undefined) return ['the status is not documented'];
    const contentType = mediaType(answer.headers.get('content-type'));
    if (declared.content === undefined) {
      return answer.body === undefined ? [] : [`a body (${contentType}) is not documented`];
    }
    if (answer.body === undefined) return ['the documented body is missing'];
    if (declared.content[contentType] === undefined) {
      const expected = Object.keys(declared.content).join(', ');
      return [`the content type is ${contentType}, documented is ${expected}`];
    }
    const at = `${pointer}/responses/${answer.status}/content/${escape(contentType)}/schema`;
    return this.validate(at, declared.content[contentType].schema, answer.body);
  }

  private requestProblems(
    operation: Operation,
    pointer: string,
    { path, body, contentType = 'application/json' }: Request,
  ): string[] {
    const parameters = operation.parameters ?? [];
    const known = new Set(
      parameters.filter(({ in: where }) => where === 'query').map(({ name }) => name),
    );
    const query = new URL(path, 'http://any').searchParams;
    const surplus = [...query.keys()].filter((name) => !known.has(name));
    const problems = surplus.map(
      (name) => `the query parameter ${name} was taken and is not documented`,
    );
    if (body === undefined) return problems;
    const content = operation.requestBody?.content?.[contentType];
    if (content === undefined)
      return [...problems, 'a request body was sent and is not documented'];
    const at = `${pointer}/requestBody/content/${escape(contentType)}/schema`;
    return [
      ...problems,
      ...this.validate(at, content.schema, body).map((problem) => `request${problem}`),
    ];
  }

  private validate(at: string, schema: object | undefined, value: unknown): string[] {
    if (schema === undefined) return [];
    let validator = this.validators.get(at);
    if (validator === undefined) {
      validator = this.ajv.compile({ $ref: `${DOCUMENT}#${at}` });
      this.validators.set(at, validator);
    }
    if (validator(value)) return [];
    return (validator.errors ?? []).map(({ instancePath, message = 'is wrong', params }) => {
      return `${instancePath} ${message} ${JSON.stringify(params)}`;
    });
  }
}

function mismatch(name: string, problems: string, answer: Answer): Error {
  const body = answer.body === undefined ? '(empty)' : JSON.stringify(answer.body).slice(0, 1000);
  return new Error(`${name} is not as /openapi.json says:\n  ${problems}\n  body: ${body}`);
}

function mediaType(header: string | null): string {
  return header?.split(';')[0]?.trim() ?? '';
}

/** A JSON pointer (RFC 6901) as a URI fragment. */
function escape(segment: string): string {
  return encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'));
}
