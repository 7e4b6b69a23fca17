import { describe, expect, it } from '@jest/globals';
import { metadataAlias } from './addresses.js';

const ALIAS = '/.well-known/oauth-authorization-server/teams/auth';

describe('the other address of the metadata (RFC 8414 3.1)', () => {
  it('is needed by issuers with a path only', () => {
    expect(metadataAlias('https://signet.example.com')).toBeUndefined();
    expect(metadataAlias('https://signet.example.com/auth')).toBeDefined();
  });

  it.each([
    [ALIAS, '/.well-known/oauth-authorization-server'],
    [`${ALIAS}?x=/y`, '/.well-known/oauth-authorization-server?x=/y'],
    [`${ALIAS}/`, `${ALIAS}/`],
    [`${ALIAS}2`, `${ALIAS}2`],
    [`/x${ALIAS}`, `/x${ALIAS}`],
    ['/oauth/token?x=1', '/oauth/token?x=1'],
    ['/', '/'],
  ])('%s leads to %s', (url, expected) => {
    expect(metadataAlias('https://signet.example.com/teams/auth')?.({ url })).toBe(expected);
  });
});
