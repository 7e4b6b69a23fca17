import { describe, expect, it } from '@jest/globals';
import { metadataOf } from './metadata.js';

const SETTINGS = {
  issuer: 'https://signet.example.com',
  swagger: true,
  statusLists: true,
  tokenLocations: ['header', 'cookie'],
} as const;

describe('the metadata', () => {
  it('have the issuer exactly as it is, and every endpoint below it', () => {
    const issuer = 'https://signet.example.com/teams/auth';
    const { issuer: told, ...metadata } = metadataOf({ ...SETTINGS, issuer });
    expect(told).toBe(issuer);
    for (const [name, value] of Object.entries(metadata))
      if (typeof value === 'string')
        expect([name, value.startsWith(`${issuer}/`)]).toEqual([name, true]);
  });

  it('offer no grant with a password (RFC 9700 2.4), and no documentation that is not served', () => {
    const metadata = metadataOf({ ...SETTINGS, swagger: false });
    expect(metadata.grant_types_supported).not.toContain('password');
    expect(metadata.response_types_supported).toEqual([]);
    expect(metadata).not.toHaveProperty('service_documentation');
  });
});
