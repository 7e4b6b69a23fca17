import { generateKeyPairSync, verify } from 'node:crypto';
import { compactDecrypt } from 'jose';
import { describe, expect, it } from '@jest/globals';
import { loadSettings } from '../config/settings.js';
import type { SigningKeyPair } from '../keys/key-material.js';
import type { KeyRing } from '../keys/key-ring.js';
import { readEncryptionKey } from './encryption-key.js';
import type { TokenGrant } from './mint.js';
import { ANY_STATUS_INDEX } from '../status-lists/status-reference.js';
import { TokenIssuer, TokenTooLarge } from './token-issuer.js';

const ISSUER = 'https://id.example.com';
const active: SigningKeyPair = {
  kid: 'the-key',
  algorithm: 'ES256',
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }),
};

function issuerWith(env: Readonly<Record<string, string>> = {}): TokenIssuer {
  const keys: Pick<KeyRing, 'active'> = { active };
  // The issuer asks its key ring for the active key only.
  return new TokenIssuer(keys as unknown as KeyRing, loadSettings({ ISSUER_URL: ISSUER, ...env }));
}

const GRANT: TokenGrant = {
  subject: '4b8f2c6e-3c1d-4a53-9d52-6a1b7f0e8c11',
  sessionId: '0d7c5b1a-6f7e-4c2b-8a90-1e2f3a4b5c6d',
  clientId: 'signet',
  authentication: { time: 1_799_999_000_999, amr: ['pwd'] },
  roles: ['editor', 'viewer'],
  scope: ['resources:read', 'resources:write'],
  tokenVersion: 3,
  asOf: 1_800_000_000_999,
};

const part = (token: string, index: number): unknown =>
  JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString());

describe('an issued token', () => {
  const { token, expiresInSeconds, scope } = issuerWith().issue(GRANT);

  it('has the header of an access token, with the key that signed it', () => {
    expect(part(token, 0)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: 'the-key' });
  });

  it('has these claims and no others', () => {
    expect(part(token, 1)).toEqual({
      iss: ISSUER,
      sub: GRANT.subject,
      aud: ISSUER,
      exp: 1_800_000_600,
      nbf: 1_800_000_000,
      iat: 1_800_000_000,
      jti: expect.stringMatching(/^[\w-]{22}$/),
      client_id: 'signet',
      sid: GRANT.sessionId,
      auth_time: 1_799_999_000,
      amr: ['pwd'],
      acr: 'aal1',
      roles: ['editor', 'viewer'],
      scope: 'resources:read resources:write',
      ver: 3,
    });
    expect({ expiresInSeconds, scope }).toEqual({
      expiresInSeconds: 600,
      scope: 'resources:read resources:write',
    });
  });

  it('is signed as its header says', () => {
    const end = token.lastIndexOf('.');
    const key = { key: active.publicKey, dsaEncoding: 'ieee-p1363' } as const;
    const signature = Buffer.from(token.slice(end + 1), 'base64url');
    expect(verify('sha256', Buffer.from(token.slice(0, end)), key, signature)).toBe(true);
  });
});

describe('the issuer', () => {
  it('gives each token an id of its own, also within one second', () => {
    const issuer = issuerWith();
    const ids = Array.from(
      { length: 200 },
      () => (part(issuer.issue(GRANT).token, 1) as { jti: string }).jti,
    );
    expect(new Set(ids).size).toBe(200);
  });

  it('counts the lifetime from when the facts were read, however long it was held up since', () => {
    const claims = (asOf: number) =>
      part(issuerWith({ ACCESS_TOKEN_TTL: '90s' }).issue({ ...GRANT, asOf }).token, 1);
    expect(claims(1_000_000)).toMatchObject({ iat: 1000, nbf: 1000, exp: 1090 });
    expect(claims(1_000_999)).toMatchObject({ iat: 1000, nbf: 1000, exp: 1090 });
    expect(claims(1_001_000)).toMatchObject({ iat: 1001, nbf: 1001, exp: 1091 });
  });

  it('refuses a token above its budget, naming the largest claims and not their values', () => {
    const issue = (env = {}) =>
      issuerWith(env).issue({
        ...GRANT,
        roles: Array.from({ length: 150 }, (_, i) => `canary-${i}`),
      });
    let refused: unknown;
    try {
      issue();
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(TokenTooLarge);
    const { detail } = refused as TokenTooLarge;
    expect(detail).toMatch(
      /^More than 2048 bytes; the largest claims are roles \(\d{4} bytes\), \w+ \(\d\d bytes\), /,
    );
    expect(detail).not.toContain('canary');
    expect(issue({ ACCESS_TOKEN_MAX_SIZE: '8192' }).token.length).toBeGreaterThan(2048);
  });

  it('says before what somebody with these roles and claims would get', () => {
    const { length } = issuerWith().issue({
      ...GRANT,
      authentication: { time: 9_999_999_999_000, amr: ['pwd'] },
      asOf: 9_999_999_999_000,
      tokenVersion: 2_147_483_647,
      statusIndex: ANY_STATUS_INDEX,
      userClaims: { team: 'payments' },
    }).token;
    const { roles, scope } = GRANT;
    const ask = (max: number, team = 'payments') =>
      issuerWith({ ACCESS_TOKEN_MAX_SIZE: `${max}` }).expectFits(roles, scope, { team });
    expect(() => ask(length)).not.toThrow();
    expect(() => ask(length - 1)).toThrow(TokenTooLarge);
    expect(() => ask(length, 'x'.repeat(100))).toThrow(
      /largest claims are user_claims \(111 bytes\)/,
    );
  });

  it('counts with the signature of the keys to come', () => {
    const roles = Array.from({ length: 80 }, (_, i) => `role-${i}`);
    const ask = (SIGNING_ALGORITHM: string) =>
      issuerWith({ SIGNING_ALGORITHM }).expectFits(roles, []);
    expect(() => ask('ES256')).not.toThrow();
    expect(() => ask('RS256')).toThrow(TokenTooLarge);
  });

  it('says where its status is, when its session has an index and there are lists', () => {
    const issue = (statusIndex: number | null, env = {}) =>
      issuerWith(env).issue({ ...GRANT, statusIndex }).claims.status;
    expect(issue(131_075)).toEqual({
      status_list: { idx: 3, uri: `${ISSUER}/v1/status-lists/1` },
    });
    expect(issue(null)).toBeUndefined();
    expect(issue(131_075, { STATUS_LISTS: 'off' })).toBeUndefined();
  });

  it('measures a token without making one', () => {
    const measured = issuerWith().measure(GRANT);
    const { token, claims } = issuerWith().issue(GRANT);
    expect(measured.size).toBe(token.length);
    expect(measured.claims).toEqual({ ...claims, jti: 'preview-not-a-token-id' });
  });

  it('takes the budget to the byte', () => {
    const { length } = issuerWith().issue(GRANT).token;
    expect(issuerWith({ ACCESS_TOKEN_MAX_SIZE: `${length}` }).issue(GRANT).token).toHaveLength(
      length,
    );
    expect(() => issuerWith({ ACCESS_TOKEN_MAX_SIZE: `${length - 1}` }).issue(GRANT)).toThrow(
      TokenTooLarge,
    );
  });

  it('refuses a token that its carrier does not hold, though the budget is larger', () => {
    const { length } = issuerWith().issue(GRANT).token;
    expect(issuerWith().issue(GRANT, length).token).toHaveLength(length);
    const refused = () => issuerWith().issue(GRANT, length - 1);
    expect(refused).toThrow(TokenTooLarge);
    expect(refused).toThrow(`More than ${length - 1} bytes, which is what a cookie holds; `);
    expect(() => issuerWith({ ACCESS_TOKEN_MAX_SIZE: '512' }).issue(GRANT, length)).toThrow(
      'More than 512 bytes; ',
    );
  });
});

describe('a token for a resource', () => {
  const grant = { ...GRANT, audience: 'https://billing.example.com', scope: ['read'] };
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = readEncryptionKey(publicKey.export({ format: 'jwk' }));

  it('is signed like any other when the resource has no key', async () => {
    const { token, claims, scope } = await issuerWith().issueForResource(grant, null);
    expect(part(token, 0)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: 'the-key' });
    expect(part(token, 1)).toEqual(claims);
    expect(claims).toMatchObject({ aud: 'https://billing.example.com', scope: 'read' });
    expect(scope).toBe('read');
  });

  it('is signed and then encrypted when it has one', async () => {
    const { token, claims, expiresInSeconds } = await issuerWith().issueForResource(grant, key);
    expect(token.split('.')).toHaveLength(5);
    const { plaintext } = await compactDecrypt(token, privateKey);
    const inner = new TextDecoder().decode(plaintext);
    expect(part(inner, 0)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: 'the-key' });
    expect(part(inner, 1)).toEqual(claims);
    expect(expiresInSeconds).toBe(600);
  });

  it('has its budget for what is sent, to the byte', async () => {
    const { length } = (await issuerWith().issueForResource(grant, key)).token;
    expect(length).toBeGreaterThan((await issuerWith().issueForResource(grant, null)).token.length);
    const within = (size: number) =>
      issuerWith({ ACCESS_TOKEN_MAX_SIZE: `${size}` }).issueForResource(grant, key);
    expect((await within(length)).token).toHaveLength(length);
    await expect(within(length - 1)).rejects.toThrow(TokenTooLarge);
  });

  it('is refused unencrypted when it is too large before', async () => {
    const roles = Array.from({ length: 150 }, (_, i) => `role-${i}`);
    const large = issuerWith().issueForResource({ ...grant, roles }, key);
    await expect(large).rejects.toThrow(TokenTooLarge);
  });

  it('lives as long as it is told', async () => {
    const { claims } = await issuerWith().issueForResource({ ...grant, lifetime: 90_500 }, key);
    expect(claims.exp - claims.iat).toBe(90);
  });
});
