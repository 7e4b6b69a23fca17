import { createHash, createPublicKey, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApp } from './support/app.js';
import type { TestApp } from './support/app.js';

interface Jwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly y: string;
  readonly kid: string;
}

describe('the public keys', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  const read = (headers: Record<string, string> = {}) =>
    app.api('GET', '/.well-known/jwks.json', { headers });

  it('verify an access token with nothing but the standards', async () => {
    const { token } = await app.admin();
    const [header = '', payload = '', signature = ''] = token.split('.');
    const { kid, alg, typ } = JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<
      string,
      string
    >;
    expect({ alg, typ }).toEqual({ alg: 'ES256', typ: 'at+jwt' });
    const { keys } = (await read()).body as { keys: Jwk[] };
    const jwk = keys.find((key) => key.kid === kid);
    expect(jwk).toBeDefined();
    const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    const signed = Buffer.from(`${header}.${payload}`);
    const isGood = verify(
      'sha256',
      signed,
      { key, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
    expect(isGood).toBe(true);
  });

  it('are public members only, each with its algorithm, its use and its RFC 7638 thumbprint', async () => {
    const { keys } = (await read()).body as { keys: Jwk[] };
    expect(keys).toHaveLength(2); // the one that signs, and its successor
    for (const key of keys) {
      const { crv, kty, x, y } = key;
      const kid = createHash('sha256')
        .update(`{"crv":"${crv}","kty":"${kty}","x":"${x}","y":"${y}"}`)
        .digest('base64url');
      expect(key).toEqual({ crv: 'P-256', kty: 'EC', x, y, kid, alg: 'ES256', use: 'sig' });
    }
  });

  it('can be kept by others, and asked for again cheaply', async () => {
    const first = await read();
    expect(first.headers.get('cache-control')).toBe('public, max-age=300');
    expect(first.headers.get('access-control-allow-origin')).toBe('*');
    const again = await read({ 'if-none-match': first.headers.get('etag') ?? '' });
    expect(again.status).toBe(304);
    expect(again.body).toBeUndefined();
  });

  it("are the same on every replica, which accepts the others' tokens", async () => {
    const replica = await app.startReplica();
    expect((await replica.api('GET', '/.well-known/jwks.json')).body).toEqual((await read()).body);
    const { token } = await app.admin();
    expect((await replica.api('GET', '/v1/auth/me', { token })).status).toBe(200);
  });

  it('are stored encrypted', async () => {
    const rows = await app.database.select<{ sealed: string }>(
      'SELECT sealed_private_key AS sealed FROM signing_keys',
    );
    expect(rows).toHaveLength(2);
    for (const { sealed } of rows)
      expect(sealed).toMatch(/^v1\.[\w-]{8}\.[\w-]{16}\.[\w-]+\.[\w-]{22}$/);
  });
});
