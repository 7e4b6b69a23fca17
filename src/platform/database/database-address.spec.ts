import { describe, expect, it } from '@jest/globals';
import { parseDatabaseUrl } from './database-address.js';

describe('parseDatabaseUrl', () => {
  it.each([
    ['sqlite:./data/signet.db', './data/signet.db'],
    ['sqlite:/var/lib/signet.db', '/var/lib/signet.db'],
    ['sqlite:///var/lib/signet.db', '/var/lib/signet.db'],
  ])('reads the file out of %s', (url, file) => {
    expect(parseDatabaseUrl(url)).toEqual({ type: 'sqlite', file });
  });

  it('takes a server URL apart, escapes and all', () => {
    expect(
      parseDatabaseUrl('mariadb://si%40gnet:p%2Fw%3A%3F@db.example.com:3307/sig%20net'),
    ).toEqual({
      type: 'mariadb',
      host: 'db.example.com',
      port: 3307,
      user: 'si@gnet',
      password: 'p/w:?',
      database: 'sig net',
    });
  });

  it('takes IPv6 hosts, and 3306 when no port is given', () => {
    expect(parseDatabaseUrl('mysql://signet@[::1]/signet')).toEqual({
      type: 'mysql',
      host: '::1',
      port: 3306,
      user: 'signet',
      password: '',
      database: 'signet',
    });
  });

  it.each([
    'mariadb://u:canary@h/db?host=evil.example.com',
    'mariadb://u:canary@h/db?user=root&multipleStatements=true',
    'mariadb://u:canary@h/db#x',
    'sqlite:canary.db?mode=memory',
  ])('refuses options, which mysql2 would let override the host and the user: %s', (url) => {
    expect(() => parseDatabaseUrl(url)).toThrow();
  });

  it.each([
    '',
    'canary',
    'sqlite:',
    'postgres://u:canary@h/db',
    'mariadb:u:canary@h/db',
    'mariadb://u:canary@/db',
    'mariadb://:canary@h/db',
    'mariadb://u:canary@h',
    'mariadb://u:canary@h/',
    'mariadb://u:canary@h/db/other',
    'mariadb://u:canary@h:70000/db',
    'mariadb://u:canary%@h/db',
    'mariadb://u:canary@h:port/db',
  ])('refuses %s and does not repeat it, since it holds a password', (url) => {
    let message = '';
    try {
      parseDatabaseUrl(url);
    } catch (error) {
      message = String(error);
    }
    expect(message).not.toBe('');
    expect(message).not.toContain('canary');
  });
});
