import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Logger } from 'pino';
import { NestLogger, createLogger } from './logger.js';

describe('the log', () => {
  let lines: string[];
  let log: Logger;
  beforeEach(() => {
    lines = [];
    log = createLogger('debug', { write: (line) => void lines.push(line) });
  });

  it.each([
    'password',
    'currentPassword',
    'newPassword',
    'setupToken',
    'token',
    'refresh_token',
    'access_token',
    'authorization',
    'cookie',
  ])('never holds a %s, wherever our own calls could put it', (name) => {
    const secret = { [name]: 'canary' };
    log.info(secret, 'flat');
    log.info({ body: secret }, 'one level down');
    log.info({ request: { headers: secret } }, 'two levels down');
    expect(lines).toHaveLength(3);
    expect(lines.join('')).not.toContain('canary');
  });

  it('has of an error what helps, not the SQL and its parameters that TypeORM hangs on it', () => {
    const error = Object.assign(new Error('Duplicate entry'), {
      code: 'ER_DUP_ENTRY',
      query: 'INSERT INTO users VALUES (canary)',
      parameters: ['canary'],
      driverError: { sql: 'canary' },
    });
    log.error({ err: error }, 'failed');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      err: { type: 'Error', message: 'Duplicate entry', code: 'ER_DUP_ENTRY' },
    });
    expect(lines[0]).not.toContain('canary');
  });

  it('has one line for an event, whatever is in it', () => {
    log.info({ userAgent: 'a\r\nb\u001b[2J\u2028' }, 'line\nbreak');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).not.toMatch(/[\r\n]/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'line\nbreak', service: 'signet' });
  });

  it('takes what is no error as its text', () => {
    log.warn({ err: 'just text' }, 'odd');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ err: { message: 'just text' } });
  });

  it("takes Nest's messages by their severity", () => {
    const nest = new NestLogger(log);
    nest.log('started', 'NestFactory');
    nest.warn('careful', 'Router');
    nest.error('broken', 'the stack', 'Router');
    expect(lines.map((line) => (JSON.parse(line) as { level: number; msg: string }).level)).toEqual(
      [20, 40, 50],
    );
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({
      msg: 'broken',
      stack: 'the stack',
      context: 'Router',
    });
  });
});
