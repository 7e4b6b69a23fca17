import { describe, expect, it } from '@jest/globals';
import { AmbiguousCredentials } from '../../access/access.errors.js';
import { readPresentedClient } from './presented-client.js';
import { Refusal } from './refusal.js';

const ID = '7c9a4be0-58f5-4b7c-9a0f-0d9a5d0f1c11';
const SECRET = 'sgs_secret';
const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const ASSERTION = `${part({ alg: 'ES256' })}.${part({ iss: ID, sub: ID })}.c2ln`;
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('the credentials of a request', () => {
  it('are found in each of the three places', () => {
    expect(readPresentedClient(basic(`${ID}:${SECRET}`), {})).toEqual({
      method: 'client_secret_basic',
      id: ID,
      secret: SECRET,
    });
    expect(readPresentedClient(undefined, { client_id: ID, client_secret: SECRET })).toEqual({
      method: 'client_secret_post',
      id: ID,
      secret: SECRET,
    });
    const form = { client_assertion: ASSERTION, client_assertion_type: TYPE };
    expect(readPresentedClient(undefined, form)).toMatchObject({
      method: 'private_key_jwt',
      id: ID,
      assertion: { text: ASSERTION, alg: 'ES256', kid: undefined, clientId: ID },
    });
  });

  it('are form-encoded within Basic (RFC 6749 2.3.1)', () => {
    for (const [encoded, id, secret] of [
      ['a%3Ab:c%20d', 'a:b', 'c d'],
      ['a+b:c%2Bd', 'a b', 'c+d'],
      ['a:b:c', 'a', 'b:c'],
      ['%C3%A9:%F0%9F%A6%8A', '\u00e9', '\u{1f98a}'],
    ] as const) {
      expect(readPresentedClient(basic(encoded), {})).toMatchObject({ id, secret });
    }
    const { length } = basic('a:b');
    expect(readPresentedClient(`bAsIc   ${basic('a:b').slice(6, length)}`, {})).toMatchObject({
      id: 'a',
      secret: 'b',
    });
  });

  it.each([
    ['nothing', undefined, {}],
    ['a name alone', undefined, { client_id: ID }],
    ['a secret alone', undefined, { client_secret: SECRET }],
    ['an empty secret', undefined, { client_id: ID, client_secret: '' }],
    ['an assertion without its type', undefined, { client_assertion: ASSERTION }],
    ['a type without an assertion', undefined, { client_assertion_type: TYPE }],
    [
      'an assertion of another type',
      undefined,
      {
        client_assertion: ASSERTION,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer',
      },
    ],
    [
      'an assertion beside the name of another client',
      undefined,
      { client_id: 'other', client_assertion: ASSERTION, client_assertion_type: TYPE },
    ],
    ['another scheme', `Bearer ${ASSERTION}`, {}],
    ['another scheme with the same letters', `Basic2 ${basic('a:b').slice(6)}`, {}],
    ['an empty header', '', {}],
    ['Basic without anything', 'Basic ', {}],
    ['Basic with something after it', `${basic('a:b')} x`, {}],
    ['Basic that is not base64', 'Basic a:b', {}],
    ['Basic without a colon', basic('ab'), {}],
    ['Basic without a name', basic(':b'), {}],
    ['Basic without a secret', basic('a:'), {}],
    ['Basic with a broken encoding', basic('a:%zz'), {}],
    ['Basic beyond all measure', basic(`a:${'b'.repeat(1000)}`), {}],
    ['Basic beside the name of another client', basic(`${ID}:${SECRET}`), { client_id: 'other' }],
  ])('are not found in %s', (_, authorization, form) => {
    expect(() => readPresentedClient(authorization, form)).toThrow(Refusal);
  });

  it('may name the client twice, when it is the same', () => {
    const again = readPresentedClient(basic(`${ID}:${SECRET}`), { client_id: ID });
    expect(again).toMatchObject({ method: 'client_secret_basic', id: ID });
  });

  it('come in one way, whatever the others are worth (RFC 6749 2.3)', () => {
    const header = basic(`${ID}:${SECRET}`);
    const secret = { client_id: ID, client_secret: SECRET };
    const assertion = { client_assertion: ASSERTION, client_assertion_type: TYPE };
    for (const [authorization, form] of [
      [header, secret],
      [header, assertion],
      [header, { client_assertion_type: TYPE }],
      ['Bearer token', secret],
      [undefined, { ...secret, ...assertion }],
      [undefined, { ...secret, client_assertion: 'garbage' }],
    ] as const) {
      expect(() => readPresentedClient(authorization, form)).toThrow(AmbiguousCredentials);
    }
    // RFC 6749 3.2: without a value, it counts as left out.
    const empty = { client_secret: '', client_assertion: '', client_assertion_type: '' };
    expect(readPresentedClient(header, empty)).toMatchObject({ method: 'client_secret_basic' });
  });
});
