import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from '@jest/globals';
import {
  admin,
  app,
  attacks,
  believing,
  common,
  expectAttack,
  forge,
  signed,
  statusOf,
  useArena,
} from './arena.js';
import type { Attack } from './arena.js';
import { compact, ecdsa, hmac } from './forge.js';
import { keyedWith } from './weak-verifiers.js';
import { queriesDuring } from '../support/queries.js';

useArena();

const kid = () => forge().key.kid;

attacks(
  'TOK-04 a kid that is no id of ours, under our signature',
  believing, // there is only one key, so which does not matter
  (
    [
      ['absent', () => undefined],
      ['null', () => null],
      ['a number', () => 1],
      ['true', () => true],
      ['a list', () => [kid()]],
      ['an object', () => ({ kid: kid() })],
      ['empty', () => ''],
      ['after a space', () => ` ${kid()}`],
      ['in other letters', () => kid().toLowerCase()],
      ['with a NUL', () => `${kid()}\0`],
      ['a path', () => '../../../../dev/null'],
      ['a path with secrets', () => '/proc/self/environ'],
      ['SQL', () => "' UNION SELECT 'secret' -- "],
      ['a command', () => '| sleep 5'],
      ['3 kB', () => 'k'.repeat(3000)],
      ['10 kB', () => 'k'.repeat(10_000)],
    ] as const
  ).map(([name, hostile]): Attack => [name, () => forge().headed({ kid: hostile() })]),
);

describe('TOK-04 a kid that leads to a key which the attacker knows', () => {
  /** A MAC with that key, under that kid. */
  const token = (hostile: string, secret: string) =>
    forge().signedBy(hmac(secret), { alg: 'HS256', kid: hostile });

  it('out of the folder of the keys: an empty file', async () => {
    const fromFile = keyedWith((header) =>
      readFileSync(join('/keys/of/mine', String(header['kid']))),
    );
    await expectAttack(token('../../../../dev/null', ''), fromFile);
  });

  it('into a statement of SQL', async () => {
    const table = new Sqlite(':memory:').exec('CREATE TABLE keys (kid TEXT, secret TEXT)');
    const fromTable = keyedWith((header) => {
      const statement = `SELECT secret FROM keys WHERE kid = '${String(header['kid'])}'`;
      return table.prepare<[], { secret: string }>(statement).get()?.secret ?? '';
    });
    await expectAttack(token("' UNION SELECT 'secret' -- ", 'secret'), fromTable);
    table.close();
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'to what every object has: %s',
    async (name) => {
      const keys: Record<string, unknown> = {};
      const fromObject = keyedWith((header) => String(keys[String(header['kid'])]));
      await expectAttack(token(name, String(keys[name])), fromObject);
    },
  );

  it('to a prototype that is written into the header', async () => {
    const header = `{"alg":"ES256","typ":"at+jwt","__proto__":{"kid":"${kid()}"}}`;
    await expectAttack(compact(header, forge().claims, ecdsa(forge().key.privateKey)), believing());
  });
});

attacks(
  'TOK-05 extensions that jsonwebtoken ignores',
  common,
  [
    { crit: [] },
    { crit: ['exp'] },
    { crit: ['urn:example'], 'urn:example': true },
    { zip: 'DEF' },
    { cty: 'JWT' },
    { x5t: 'abc' },
    { unknown: 1 },
    { crit: ['b64'], b64: false },
    { crit: ['b64'], b64: true },
    { b64: true },
    { b64: false },
  ].map((member): Attack => [JSON.stringify(member), () => forge().headed(member)]),
);

attacks(
  'TOK-06 a type that is not that of an access token',
  common,
  [
    undefined,
    'JWT',
    'jwt',
    'at+JWT',
    'AT+JWT',
    'application/at+jwt',
    'at+jwt ',
    'rt+jwt',
    'id+jwt',
    'logout+jwt',
    null,
    1,
    ['at+jwt'],
  ].map((typ): Attack => [`typ ${JSON.stringify(typ)}`, () => forge().headed({ typ })]),
);

describe('KEY-06 a flood of unknown key ids', () => {
  const FLOOD = 300;
  const flood = () =>
    Array.from({ length: FLOOD }, () =>
      forge().headed({ kid: randomBytes(32).toString('base64url') }),
    );

  it('asks the database nothing, and good tokens go through meanwhile', async () => {
    // What is counted can be counted: this route asks the database.
    expect(await queriesDuring(app(), () => statusOf(admin().token))).not.toEqual([]);
    const tokens = flood();
    const asked = await queriesDuring(app(), async () => {
      const statuses = await Promise.all(tokens.map((token) => statusOf(token)));
      expect(new Set(statuses)).toEqual(new Set([401]));
    });
    expect(asked).toEqual([]);
    const [good] = await Promise.all([
      statusOf(admin().token),
      ...tokens.map((token) => statusOf(token)),
    ]);
    expect(good).toBe(200);
  });

  it('costs whoever looks for each of them a query', async () => {
    const lookingUp = async (token: string) => {
      const [header = ''] = token.split('.');
      const { kid: id } = JSON.parse(Buffer.from(header, 'base64url').toString()) as {
        kid: string;
      };
      const rows = await app().database.select('SELECT kid FROM signing_keys WHERE kid = ?', [id]);
      return rows.length > 0 && signed()(token);
    };
    const asked = await queriesDuring(app(), async () => {
      // One after the other: at once, they would fill the queue for connections.
      for (const token of flood()) expect(await lookingUp(token)).toBe(false);
    });
    expect(asked).toHaveLength(FLOOD);
  });
});
