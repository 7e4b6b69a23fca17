import { generateKeyPairSync } from 'node:crypto';
import { CompactEncrypt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encode } from '../test/support/tokens.js';
import { World } from '../test/support/world.js';
import type { DecryptionKey } from './decrypter.js';
import type { Verifier } from './verifier.js';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const keyOf = (pair: typeof ec, alg: DecryptionKey['alg'], kid: string): DecryptionKey => ({
  ...pair.privateKey.export({ format: 'jwk' }),
  alg,
  kid,
}); // JWKs of Node are jose's
const EC = keyOf(ec, 'ECDH-ES+A256KW', 'ec-1');
const RSA = keyOf(rsa, 'RSA-OAEP-256', 'rsa-1');

let world: World;
let verifier: Verifier;
beforeAll(async () => {
  world = await World.start();
  verifier = world.verifierWith({ decryptionKeys: [EC, RSA] });
});
afterAll(() => world.issuer.stop());

const HEADER = { alg: 'ECDH-ES+A256KW', enc: 'A256GCM', cty: 'JWT', kid: 'ec-1' };

/** A nested token as the issuer makes it, but for some members of its outer header. */
function encrypt(content: string, header: object = {}, to = ec.publicKey): Promise<string> {
  return new CompactEncrypt(Buffer.from(content))
    .setProtectedHeader({ ...HEADER, ...header })
    .encrypt(to);
}

describe('a token that is encrypted for a resource', () => {
  it('is read with its private key', async () => {
    const token = world.token();
    const forRsa = { alg: 'RSA-OAEP-256', kid: 'rsa-1' };
    for (const nested of [
      await encrypt(token),
      await encrypt(token, forRsa, rsa.publicKey),
      await encrypt(token, { typ: 'at+jwt' }),
      await encrypt(token, { kid: undefined }),
    ]) {
      expect(await world.refusal(nested, {}, verifier)).toBeUndefined();
    }
  });

  it('is held to everything that another token is held to', async () => {
    const refusal = async (inside: string) => world.refusal(await encrypt(inside), {}, verifier);
    expect(await refusal(world.token({ aud: 'x' }))).toBe('wrong_audience');
    expect(await refusal(world.token().slice(0, -5))).toBe('malformed');
    expect(await refusal(world.token({}, { alg: 'none' }))).toBe('algorithm_not_allowed');
    expect(await refusal(`${encode({ alg: 'none' })}.${encode({})}.`)).toBe('malformed');
    expect(await refusal(JSON.stringify({ sub: 'x' }))).toBe('malformed');
    expect(await refusal(await encrypt(world.token()))).toBe('malformed');
  });

  it('shows the revocation check what was inside', async () => {
    const seen: string[] = [];
    const checking = world.verifierWith({
      decryptionKeys: [EC],
      revocation: { isRevoked: (_, { token }) => seen.push(token) === 0 },
    });
    const token = world.token();
    expect(await world.refusal(await encrypt(token), {}, checking)).toBeUndefined();
    expect(seen).toEqual([token]);
  });

  it('is refused without a key, with no look at what is in it', async () => {
    expect(await world.refusal(await encrypt(world.token()))).toBe('encrypted');
    expect(await world.refusal('!.!.!.!.!')).toBe('encrypted');
  });

  it.each([
    ['no content type', { cty: undefined }],
    ['a content that is no token', { cty: 'json' }],
    ['weaker content encryption', { enc: 'A128GCM' }],
    ['content encryption with CBC', { enc: 'A256CBC-HS512' }],
    ['a weaker key wrap', { alg: 'ECDH-ES+A128KW' }],
    ['no key wrap', { alg: 'ECDH-ES' }],
  ])('is refused for %s', async (_, header) => {
    const nested = await encrypt(world.token(), header);
    expect(await world.refusal(nested, {}, verifier)).toMatch(
      /^(?:encryption_not_allowed|malformed)$/,
    );
  });

  it('is refused when it is for another key', async () => {
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    const named = await encrypt(world.token(), { kid: 'ec-2' }, stranger);
    expect(await world.refusal(named, {}, verifier)).toBe('unknown_decryption_key');
    const misnamed = await encrypt(world.token(), {}, stranger);
    expect(await world.refusal(misnamed, {}, verifier)).toBe('decryption_failed');
    const ours = await encrypt(world.token(), { kid: 'rsa-1' });
    expect(await world.refusal(ours, {}, verifier)).toBe('unknown_decryption_key');
  });

  it('is refused without a name when two keys could be meant', async () => {
    const second = { ...EC, kid: 'ec-2' };
    const two = world.verifierWith({ decryptionKeys: [EC, second] });
    const nameless = await encrypt(world.token(), { kid: undefined });
    expect(await world.refusal(nameless, {}, two)).toBe('unknown_decryption_key');
    expect(await world.refusal(await encrypt(world.token()), {}, two)).toBeUndefined();
  });

  it('is refused when any part of it was changed', async () => {
    const parts = (await encrypt(world.token())).split('.');
    for (const [i, part] of parts.entries()) {
      const changed = [...parts];
      changed[i] = `${part.startsWith('A') ? 'B' : 'A'}${part.slice(1)}`;
      expect(await world.refusal(changed.join('.'), {}, verifier)).toMatch(
        /^(?:malformed|decryption_failed|encryption_not_allowed)$/,
      );
    }
  });
});
