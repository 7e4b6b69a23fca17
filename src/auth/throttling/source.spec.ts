import { describe, expect, it } from '@jest/globals';
import { sourceOf } from './source.js';

describe('the source of an attempt', () => {
  it('is an IPv4 address itself, also when it comes mapped into IPv6', () => {
    expect(sourceOf('192.0.2.7')).toBe('192.0.2.7');
    expect(sourceOf('::ffff:192.0.2.7')).toBe('192.0.2.7');
    expect(sourceOf('::FFFF:192.0.2.7')).toBe('192.0.2.7');
  });

  it('is the /64 of an IPv6 address, however it is written', () => {
    const alike = [
      '2001:db8:1:2::1',
      '2001:db8:1:2:ffff:ffff:ffff:ffff',
      '2001:0DB8:0001:0002::',
      '2001:db8:1:2:0:0:0:9',
      '2001:db8:1:2::3:4',
    ];
    for (const ip of alike) expect(sourceOf(ip)).toBe('2001:db8:1:2::/64');
  });

  it('keeps other networks apart', () => {
    const different = [
      '2001:db8:1:2::1',
      '2001:db8:1:3::1',
      '2001:db8:0:1::2',
      '2001:db8::1',
      '::1',
      'fe80::1',
      '1::2:3:4:5:6',
      '192.0.2.1',
      '192.0.2.2',
    ];
    expect(new Set(different.map(sourceOf)).size).toBe(different.length);
  });

  it.each([
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['1::8', '1:0:0:0::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['::2:3:4:5:6:7:8', '0:2:3:4::/64'],
  ])('fills in the zeros that %s leaves out', (ip, source) => {
    expect(sourceOf(ip)).toBe(source);
  });

  it('is whatever came when that is no address', () => {
    expect(sourceOf('')).toBe('');
    expect(sourceOf('unix')).toBe('unix');
  });

  it('fits into the key of a counter', () => {
    expect(
      `login-source:${sourceOf('ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255')}`.length,
    ).toBeLessThanOrEqual(128);
  });
});
