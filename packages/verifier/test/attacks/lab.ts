import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DecryptionKey } from '../../src/decrypter.js';
import { TestIssuer } from '../support/issuer.js';
import { makeKey, signWith } from '../support/keys.js';
import { NOW, claimsOf, compact, headerOf, signed } from '../support/tokens.js';
import { decoding, trusting } from '../support/weak-verifiers.js';
import type { WeakVerifier } from '../support/weak-verifiers.js';
import { World } from '../support/world.js';

// The attacks on tokens of the list that Signet is built against. Each is also shown to a verifier that
// makes the mistake it preys on, and is let in there: an attack that fools nobody would prove nothing.

export const key = makeKey('RS256');
export const attacker = makeKey('RS256');
export const HEADER = headerOf(key);
export const PEM = key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
/** What the weak verifier decrypts with, and everybody knows. */
export const PASSWORD = 'password';
export const sign = signWith(key, 'RS256');

export const resourcePair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const resourceKey = {
  ...resourcePair.privateKey.export({ format: 'jwk' }),
  alg: 'RSA-OAEP-256',
  kid: 'resource',
} as DecryptionKey; // a JWK of Node is one of jose

/** Name, the code that it is refused with, and the token. */
export type Attack = readonly [string, string, () => string | Promise<string>];

/** What a token is attacked in; made anew for each file. */
export class Lab {
  private constructor(
    readonly world: World,
    /** Where the attacker's keys are, for whoever goes there. */
    readonly listener: TestIssuer,
  ) {}

  static async open(): Promise<Lab> {
    const world = await World.start({ decryptionKeys: [resourceKey] }, key);
    return new Lab(world, await TestIssuer.start(attacker));
  }

  async close(): Promise<void> {
    await Promise.all([this.world.issuer.stop(), this.listener.stop()]);
  }
}

let lab: Lab;
export const world = () => lab.world;
export const listener = () => lab.listener;

/** Opens the laboratory around the tests of a file. */
export function useLab(): void {
  beforeAll(async () => {
    lab = await Lab.open();
    await lab.world.verifier.ready();
  });
  beforeEach(() => {
    lab.listener.seen.length = 0;
  });
  afterAll(() => lab.close());

  it('the tokens that the attacks are made of are good', async () => {
    expect(await world().refusal(signed(key, claims()))).toBeUndefined();
    expect(await believing()(signed(key, claims()))).toBe(true);
    expect(await believing()(signed(attacker, claims()))).toBe(false);
  });
}

export const claims = (changed: object = {}) => ({ ...claimsOf(world().issuer.url), ...changed });
/** A token whose header has these members besides or instead, signed with the issuer's own key. */
export const withHeader = (header: object) => () =>
  compact({ ...HEADER, ...header }, claims(), sign);
/** A token with these claims besides or instead, signed with the issuer's own key. */
export const withClaims = (changed: object) => () => signed(key, claims(changed));
export const shown = (value: unknown) => (value === undefined ? 'absent' : JSON.stringify(value));

export const believing = () => trusting(key, PASSWORD, NOW);
export const decodingOnly = () => decoding;

/** Runs attacks against the verifier, and against one that makes the mistake. */
export function attacks(id: string, weak: () => WeakVerifier, list: readonly Attack[]): void {
  describe(id, () => {
    it.each(list)('%s: %s', async (_, code, make) => {
      const token = await make();
      const began = performance.now();
      expect(await world().refusal(token)).toBe(code);
      expect(performance.now() - began).toBeLessThan(1000);
      expect(listener().seen).toEqual([]);
      expect(await weak()(token)).toBe(true);
    });
  });
}
