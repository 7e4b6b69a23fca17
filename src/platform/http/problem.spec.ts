import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import type { ArgumentsHost } from '@nestjs/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { ErrorFormat } from './error-format.js';
import { ProblemFilter, toProblem } from './problem.filter.js';
import { Problem, allProblemKinds, defineProblem, problemBody } from './problem.js';
import {
  InternalError,
  NotFound,
  PayloadTooLarge,
  ServiceUnavailable,
  ValidationFailed,
} from './problems.js';

class TeapotBusy extends defineProblem('teapot_busy', 418, 'The teapot is busy') {}

describe('a problem', () => {
  it('is named by its code, and only once', () => {
    expect(() => defineProblem('teapot_busy', 400, 'Another one')).toThrow(
      'teapot_busy is defined twice',
    );
  });

  it('is in the registry that the documentation lists, ordered by status and code', () => {
    const kinds = allProblemKinds();
    expect(kinds).toContainEqual({ code: 'teapot_busy', status: 418, title: 'The teapot is busy' });
    const order = kinds.map(({ status, code }) => `${status} ${code}`);
    expect(order).toEqual(order.toSorted((a, b) => a.localeCompare(b)));
  });

  it('is told as RFC 9457 says, with no more than there is to tell', () => {
    expect(problemBody(new TeapotBusy(), 'r-1')).toEqual({
      type: 'urn:signet:problem:teapot_busy',
      title: 'The teapot is busy',
      status: 418,
      code: 'teapot_busy',
      requestId: 'r-1',
    });
    const errors = [{ pointer: '/tea', code: 'text', detail: 'must be text' }];
    expect(problemBody(new TeapotBusy({ detail: 'Twice.', errors }), 'r-1')).toMatchObject({
      detail: 'Twice.',
      errors,
    });
  });

  it('keeps its cause to itself', () => {
    const problem = new TeapotBusy({ cause: new Error('canary') });
    expect(JSON.stringify(problemBody(problem, 'r-1'))).not.toContain('canary');
    expect(problem.cause).toBeInstanceOf(Error);
  });
});

describe('any other error', () => {
  it('is our own fault, and not shown', () => {
    for (const error of [
      new Error('canary'),
      new TypeError('canary'),
      'canary',
      undefined,
      null,
      { status: 404, message: 'canary' },
    ]) {
      const problem = toProblem(error);
      expect(problem).toBeInstanceOf(InternalError);
      expect(JSON.stringify(problemBody(problem, 'r-1'))).not.toContain('canary');
    }
  });

  it('of the framework is known by its status; its words are not passed on', () => {
    expect(toProblem(new NotFoundException('canary'))).toBeInstanceOf(NotFound);
    expect(toProblem(Object.assign(new Error('canary'), { statusCode: 413 }))).toBeInstanceOf(
      PayloadTooLarge,
    );
    expect(
      JSON.stringify(problemBody(toProblem(new BadRequestException('canary')), 'r-1')),
    ).not.toContain('canary');
    expect(toProblem(new HttpException('canary', 418))).toBeInstanceOf(InternalError);
  });

  it('of a database that is out of reach says when to come back', () => {
    const problem = toProblem(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
    expect(problem).toBeInstanceOf(ServiceUnavailable);
    expect(problem.headers).toEqual({ 'Retry-After': '1' });
  });

  it('that is a problem already stays what it is', () => {
    const problem = new ValidationFailed();
    expect(toProblem(problem)).toBe(problem);
  });
});

describe('ProblemFilter', () => {
  const sent = { status: 0, headers: {} as Record<string, string>, type: '', body: '' };
  let logged: string[];
  let filter: ProblemFilter;
  beforeEach(() => {
    logged = [];
    request = { id: 'r-1', routeOptions: { config: undefined } }; // as at an address that leads nowhere
    filter = new ProblemFilter(pino({}, { write: (line) => void logged.push(line) }));
  });

  /** A reply that notes what it is told. */
  const reply = {
    status: (status: number) => Object.assign(reply, void (sent.status = status)),
    headers: (headers: Record<string, string>) =>
      Object.assign(reply, void (sent.headers = headers)),
    type: (type: string) => Object.assign(reply, void (sent.type = type)),
    send: (body: string) => void (sent.body = body),
  };
  let request: object;
  const host = {
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => reply }),
  };
  const answer = (error: unknown) => {
    filter.catch(error, host as unknown as ArgumentsHost); // all that the filter asks of it
    return JSON.parse(sent.body) as ReturnType<typeof problemBody>;
  };

  it('answers in one form, never to be cached, with the headers of the problem', () => {
    expect(answer(new TeapotBusy({ headers: { 'Retry-After': '5' } }))).toMatchObject({
      code: 'teapot_busy',
    });
    expect(sent).toMatchObject({
      status: 418,
      type: 'application/problem+json',
      headers: { 'Retry-After': '5', 'cache-control': 'no-store' },
    });
  });

  it('answers in the format of the route, when it has one of its own', () => {
    const errorFormat: ErrorFormat = {
      contentType: 'text/tea',
      schema: 'Tea',
      statusOf: () => 503,
      bodyOf: ({ kind }, id) => ({ pot: kind.code, id }),
    };
    request = { id: 'r-1', routeOptions: { config: { errorFormat } } };
    expect(answer(new TeapotBusy())).toEqual({ pot: 'teapot_busy', id: 'r-1' });
    expect(sent).toMatchObject({ status: 503, type: 'text/tea' });
  });

  it('logs what is our fault, with the id that the client sees, and nothing else', () => {
    answer(new TeapotBusy());
    expect(logged).toEqual([]);
    answer(new Error('the reason'));
    expect(logged).toHaveLength(1);
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({
      level: 50,
      requestId: 'r-1',
      msg: 'internal_error',
    });
    expect(logged[0]).toContain('the reason');
  });

  it('takes a database that is down for a warning, not for an error of ours', () => {
    expect(answer(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }))).toMatchObject({
      status: 503,
    });
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({ level: 40, msg: 'service_unavailable' });
  });

  it('gives each problem the status that it is documented with', () => {
    for (const kind of allProblemKinds()) {
      class Again extends Problem {
        constructor() {
          super(kind);
        }
      }
      expect(answer(new Again())).toMatchObject(kind);
      expect(sent.status).toBe(kind.status);
    }
  });
});
