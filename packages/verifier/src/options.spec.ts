import { describe, expect, it } from '@jest/globals';
import { createVerifier } from './verifier.js';

const USUAL = { issuer: 'https://id.example.com', audience: 'https://billing.example.com' };
const create = (options: object) => () => createVerifier({ ...USUAL, ...options });

describe('the options', () => {
  it('need an issuer and an audience', () => {
    expect(create({})).not.toThrow();
    expect(create({ jwksUri: 'https://id.example.com/keys' })).not.toThrow();
  });

  it.each([
    ['no audience', { audience: undefined }, /audience/],
    ['an empty audience', { audience: '' }, /audience/],
    ['an empty list of audiences', { audience: [] }, /audience/],
    ['no issuer', { issuer: undefined }, /issuer/],
    ['an issuer in the clear', { issuer: 'http://id.example.com' }, /issuer must be an https URL/],
    [
      'an issuer that only begins like this host',
      { issuer: 'http://127.0.0.1.evil.example' },
      /https/,
    ],
    ['an issuer with a query', { issuer: 'https://id.example.com?a' }, /query/],
    ['keys in the clear', { jwksUri: 'http://id.example.com/keys' }, /jwksUri/],
    ['keys in a file', { jwksUri: 'file:///keys' }, /jwksUri/],
    ['no issuers', { issuers: [] }, /at least one/],
    ['an issuer twice', { issuers: [USUAL, USUAL] }, /once/],
    ['a shared secret', { algorithms: ['HS256'] }, /algorithms/],
    ['no signature', { algorithms: ['none'] }, /algorithms/],
    ['no algorithm', { algorithms: [] }, /algorithms/],
    ['a leeway that is longer than a minute', { leeway: 61 }, /leeway/],
    ['a negative leeway', { leeway: -1 }, /leeway/],
    ['a leeway that is no number', { leeway: '5' }, /leeway/],
    ['a life without end', { maxLifetime: Infinity }, /maxLifetime/],
    ['a life of NaN', { maxLifetime: NaN }, /maxLifetime/],
    ['tokens of any size', { maxTokenSize: 1e9 }, /maxTokenSize/],
    ['no cooldown', { keysCooldown: 0 }, /keysCooldown/],
    ['keys that grow old before they may be fetched', { keysMaxAge: 10 }, /keysMaxAge/],
    ['keys that last for ever', { keysStaleFor: Infinity }, /keysStaleFor/],
    ['no timeout', { timeout: 0 }, /timeout/],
    [
      'a public key to decrypt with',
      { decryptionKeys: [{ kty: 'EC', alg: 'ECDH-ES+A256KW' }] },
      /private/,
    ],
    [
      'a password to decrypt with',
      { decryptionKeys: [{ alg: 'PBES2-HS256+A128KW', d: 'x' }] },
      /alg/,
    ],
  ])('allow not: %s', (_, options, message) => {
    expect(create(options)).toThrow(TypeError);
    expect(create(options)).toThrow(message);
  });

  it('allow http for this host, and for others when that is said', () => {
    for (const host of ['localhost:3000', '127.0.0.1:3000', '[::1]:3000']) {
      expect(create({ issuer: `http://${host}` })).not.toThrow();
    }
    expect(create({ issuer: 'http://signet:3000', allowHttp: true })).not.toThrow();
  });
});
