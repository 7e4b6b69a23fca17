import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { World } from '../test/support/world.js';
import { checkRequirements } from './access.js';
import type { Requirements } from './access.js';

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.issuer.stop());

class Needs {
  scopes = ['read'];
}

/** Each is a mistake by which a route would ask for less than its author believes. */
const MISTAKES: readonly (readonly [string, unknown])[] = [
  ['a member that is misspelled', { scope: ['refund'] }],
  ['another one beside a good one', { scopes: ['read'], role: ['admin'] }],
  ['a list', ['refund']],
  ['an empty list', []],
  ['a text', 'refund'],
  ['null', null],
  ['a number', 5],
  ['an instance of a class', new Needs()],
  ['a text where a list belongs', { scopes: 'refund' }],
  ['nothing in the list', { scopes: [] }],
  ['no roles in the list', { roles: [] }],
  ['null instead of a list', { scopes: null }],
  ['a set', { scopes: new Set(['read']) }],
  ['no text in the list', { scopes: [undefined] }],
  ['two names in one text', { scopes: ['read write'] }],
  ['an empty name', { roles: [''] }],
];

describe('what is needed', () => {
  it.each(MISTAKES)('is a TypeError where it is declared: %s', (_, needs) => {
    expect(() => checkRequirements(needs as Requirements)).toThrow(TypeError);
  });

  it.each(MISTAKES)('is a TypeError where a token is verified: %s', async (_, needs) => {
    const verifying = world.verifier.verify(world.token(), needs as Requirements);
    await expect(verifying).rejects.toThrow(TypeError);
  });

  it.each<[unknown]>([
    [undefined],
    [{}],
    [Object.assign(Object.create(null) as object, { scopes: ['read'] })],
    [{ scopes: ['read'], roles: undefined }],
    [{ scopes: ['read'], roles: ['editor', 'admin'] }],
  ])('is fine: %p', async (needs) => {
    const token = world.token({ scope: 'read', roles: ['admin'] });
    const verified = world.verifier.verify(token, needs as Requirements);
    await expect(verified).resolves.toBeDefined();
  });

  it('cannot be changed to a mistake once it was looked at', async () => {
    const needs = { scopes: ['refund'] };
    await expect(world.verifier.verify(world.token({ scope: 'read' }), needs)).rejects.toThrow();
    needs.scopes.pop();
    await expect(world.verifier.verify(world.token({ scope: 'read' }), needs)).rejects.toThrow(
      TypeError,
    );
  });
});
