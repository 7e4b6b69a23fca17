import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { answerWithin } from './answer-deadline.js';

const DEADLINE = 100;

async function* slowly() {
  for (const part of ['a', 'b', 'c']) {
    yield part;
    await sleep(1.5 * DEADLINE);
  }
}

describe('the deadline of answers', () => {
  let server: FastifyInstance;
  let lines: string[];
  let finished: string[];
  beforeEach(() => {
    lines = [];
    finished = [];
    server = fastify();
    answerWithin(server, DEADLINE, pino({}, { write: (line) => void lines.push(line) }));
    server.get<{ Querystring: { ms: string; id?: string } }>('/work', async ({ query }) => {
      await sleep(Number(query.ms));
      finished.push(query.id ?? '');
      return { done: true };
    });
    server.get('/fails', async () => {
      await sleep(2 * DEADLINE);
      throw new Error('too late to matter');
    });
    server.get('/file', (_request, reply) => reply.send(Readable.from(slowly())));
    server.get('/stream', async (_request, reply) => {
      reply.hijack();
      reply.raw.write('a');
      await sleep(3 * DEADLINE);
      reply.raw.end('b');
    });
  });
  afterEach(() => server.close());

  it('leaves what is quick alone', async () => {
    const answer = await server.inject('/work?ms=10');
    expect([answer.statusCode, answer.json()]).toEqual([200, { done: true }]);
  });

  it('says 503 and when to come back, while the work goes on to its end', async () => {
    const began = performance.now();
    const answer = await server.inject('/work?ms=400&id=slow');
    expect(performance.now() - began).toBeLessThan(350);
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
    expect(answer.json()).toMatchObject({ code: 'service_unavailable' });
    expect(finished).toEqual([]);
    await sleep(500);
    expect(finished).toEqual(['slow']); // and its answer, which nobody waits for, broke nothing
    expect((await server.inject('/work?ms=1')).statusCode).toBe(200);
  });

  it('is not moved by an error that comes after it', async () => {
    expect((await server.inject('/fails')).statusCode).toBe(503);
    await sleep(2 * DEADLINE);
    expect((await server.inject('/work?ms=1')).statusCode).toBe(200);
  });

  it('counts for each by itself, whatever was before it', async () => {
    const slow = server.inject('/work?ms=300');
    await sleep(80);
    const later = server.inject('/work?ms=60');
    expect((await later).statusCode).toBe(200);
    expect((await slow).statusCode).toBe(503);
  });

  it('is none for a file that is read slowly', async () => {
    const answer = await server.inject('/file');
    expect([answer.statusCode, answer.body]).toEqual([200, 'abc']);
  });

  it('is none for an answer that has begun', async () => {
    const answer = await server.inject('/stream');
    expect([answer.statusCode, answer.body]).toEqual([200, 'ab']);
  });
});
