import { describe, expect, it } from '@jest/globals';
import { refusalOfJwksAddress } from './jwks-address.js';

const LISTED = ['https://ci.example.com', 'http://127.0.0.1:8080', 'http://internal.example.com'];

const refusal = (address: string, production = false, clientJwksOrigins = LISTED) =>
  refusalOfJwksAddress(address, { clientJwksOrigins, production });

describe('an address of keys', () => {
  it('is where the operator allows it', () => {
    expect(refusal('https://ci.example.com/jwks.json?set=1')).toBeUndefined();
    expect(refusal('https://ci.example.com/jwks.json', true)).toBeUndefined();
  });

  it('is nowhere unless an origin is listed', () => {
    expect(refusal('https://ci.example.com/jwks.json', false, [])).toContain('CLIENT_JWKS_ORIGINS');
  });

  it('is in the clear on this machine only, and not in production', () => {
    expect(refusal('http://127.0.0.1:8080/jwks')).toBeUndefined();
    expect(refusal('http://127.0.0.1:8080/jwks', true)).toContain('https');
    expect(refusal('http://internal.example.com/jwks')).toContain('https');
  });

  it.each([
    'jwks.json',
    '/jwks.json',
    'ci.example.com/jwks.json',
    'https://ci.example.com:444/jwks.json',
    'https://ci.example.com.attacker.test/jwks.json',
    'https://attacker.test/https://ci.example.com/jwks.json',
    'https://ci.example.com@attacker.test/jwks.json',
    'https://user@ci.example.com/jwks.json',
    'https://user:password@ci.example.com/jwks.json',
    'https://ci.example.com/jwks.json#fragment',
    'https://CI.example.com/jwks.json',
    'https://ci.example.com\\@attacker.test/',
    'https://ci.example.com/../jwks.json',
    ' https://ci.example.com/jwks.json',
    'http://ci.example.com/jwks.json',
    'http://127.0.0.1:8081/jwks',
    'http://127.1:8080/jwks',
    'http://2130706433:8080/jwks',
    'http://169.254.169.254/latest/meta-data',
    'file:///etc/passwd',
    'data:application/json,{"keys":[]}',
    'ftp://ci.example.com/jwks.json',
  ])('is not %s', (address) => {
    expect(refusal(address)).toBeDefined();
  });
});
