import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decoding, trusting } from '../../packages/verifier/test/support/weak-verifiers.js';
import type { WeakVerifier } from '../../packages/verifier/test/support/weak-verifiers.js';
import { startTestApp } from '../support/app.js';
import type { TestApp, TestUser } from '../support/app.js';
import { KeyServer } from '../support/key-server.js';
import { Forge } from './forge.js';
import { signedOnly, usual } from './weak-verifiers.js';

// The attacks of the list that Signet is built against, by their ids. Each forged token is also shown to
// a verifier that makes the mistake it preys on, and is let in there: an attack that fools nobody would
// prove nothing.

export const ME = '/v1/auth/me';
/** A route that only administrators may call. */
export const ADMINISTRATION = '/v1/audit';
export const SLOW_MS = 1000;

export const BAD = 'Bearer realm="signet", error="invalid_token"';
export const MISSING = 'Bearer realm="signet"';

/** What the weak verifiers decrypt with, and everybody knows. */
export const PASSWORD = 'password';

interface Arena {
  readonly app: TestApp;
  readonly admin: TestUser;
  readonly forge: Forge;
  /** Where the attacker's key is, for whoever goes there. */
  readonly listener: KeyServer;
}

let arena: Arena;
export const app = () => arena.app;
export const admin = () => arena.admin;
export const forge = () => arena.forge;
export const listener = () => arena.listener;
/** Seconds since the epoch. */
export const now = () => Math.floor(arena.app.clock.now() / 1000);

/** Starts the application around the tests of a file. */
export function useArena(): void {
  beforeAll(async () => {
    const started = await startTestApp();
    const administrator = await started.admin();
    arena = {
      app: started,
      admin: administrator,
      forge: new Forge(started, administrator.token),
      listener: await KeyServer.start(),
    };
    const jwk = arena.forge.foreign.publicKey.export({ format: 'jwk' });
    arena.listener.publish([{ ...jwk, alg: 'ES256', use: 'sig' }]);
  });
  beforeEach(() => {
    arena.listener.requests.length = 0;
  });
  afterAll(async () => {
    await arena.listener.close();
    await arena.app.close();
  });

  it('the tokens that the attacks are made of are good', async () => {
    const { foreign, good } = forge();
    const ours = forge().signed({});
    for (const token of [good, ours]) {
      expect(await statusOf(token)).toBe(200);
      expect(await statusOf(token, ADMINISTRATION)).toBe(200);
      for (const weak of [believing(), signed(), common()]) expect(await weak(token)).toBe(true);
    }
    // Weak, and not a verifier that lets everybody in.
    const theirs = forge().withSignature('A'.repeat(86));
    for (const weak of [believing(), signed(), common()])
      expect(await weak(theirs).catch(() => false)).toBe(false);
    expect(await signedOnly(foreign.publicKey)(ours)).toBe(false);
  });
}

export const statusOf = async (token: string, path = ME) =>
  (await app().api('GET', path, { token })).status;

/** Decodes, and calls that verifying. */
export const decodingOnly = () => decoding;
/** Believes what a token says of itself. */
export const believing = () => trusting(forge().key, PASSWORD, now());
/** Looks at the signature alone. */
export const signed = () => signedOnly(forge().key.publicKey);
/** The common library without options. */
export const common = () => usual(forge().key.publicKey);

/** Sends a token to two protected routes; both must refuse it as they refuse any other bad one. */
export async function expectRefusal(token: string): Promise<void> {
  for (const path of [ME, ADMINISTRATION]) {
    const began = performance.now();
    const { status, headers, body } = await app().api('GET', path, { token });
    expect(performance.now() - began).toBeLessThan(SLOW_MS);
    expect({
      status,
      challenge: headers.get('www-authenticate'),
      type: headers.get('content-type'),
    }).toEqual({
      status: 401,
      challenge: BAD,
      type: expect.stringMatching(/^application\/problem\+json/),
    });
    // All alike, whatever is wrong: nothing here tells one reason from another.
    expect(body).toEqual({
      type: 'urn:signet:problem:invalid_token',
      title: 'The access token is not valid',
      status: 401,
      code: 'invalid_token',
      requestId: headers.get('x-request-id'),
    });
  }
}

/** Signet refuses the token and asks nobody; whoever makes the mistake lets it in. */
export async function expectAttack(token: string, weak: WeakVerifier): Promise<void> {
  listener().requests.length = 0;
  await expectRefusal(token);
  expect(listener().requests).toEqual([]);
  expect({ token, isLetIn: await weak(token) }).toEqual({ token, isLetIn: true });
}

type Tokens = string | readonly string[];

/** Name, the token or tokens, and whom they fool when that is not the one of the whole list. */
export type Attack = readonly [
  name: string,
  make: () => Tokens | Promise<Tokens>,
  weak?: () => WeakVerifier,
];

/** Runs attacks against Signet, and against a verifier that makes the mistake. */
export function attacks(id: string, weak: () => WeakVerifier, list: readonly Attack[]): void {
  describe(id, () => {
    it.each(list)('%s', async (_, make, own = weak) => {
      for (const token of [await make()].flat()) await expectAttack(token, own());
    });
  });
}
