import { describe, expect, it } from '@jest/globals';
import { isFromOwnPage } from './own-page.js';

const ALLOWED = new Set(['https://id.example.com', 'https://app.example.com']);

type Case = readonly [site: string | undefined, origin: string | undefined];

const judge = ([site, origin]: Case) =>
  isFromOwnPage(
    {
      ...(site === undefined ? {} : { 'sec-fetch-site': site }),
      ...(origin === undefined ? {} : { origin }),
    },
    ALLOWED,
  );

describe('a request of a page', () => {
  it.each<Case>([
    ['same-origin', 'https://id.example.com'],
    // Reached under a name that only the browser knows: through a proxy during development.
    ['same-origin', 'http://localhost:5173'],
    ['same-origin', undefined],
    ['none', undefined],
    [undefined, 'https://id.example.com'],
    [undefined, 'https://app.example.com'],
    ['same-site', 'https://app.example.com'],
  ])('is of ours: Sec-Fetch-Site %s, Origin %s', (...given) => {
    expect(judge(given)).toBe(true);
  });

  it.each<Case>([
    [undefined, undefined],
    ['same-site', undefined],
    ['cross-site', undefined],
    ['cross-site', 'https://evil.test'],
    ['same-site', 'https://evil.example.com'],
    ['none', 'https://evil.test'],
    [undefined, 'https://evil.test'],
    [undefined, 'null'],
    ['same-origin', 'null'],
    ['none', 'null'],
    ['cross-site', 'null'],
    [undefined, ''],
    [undefined, 'https://id.example.com.evil.test'],
    [undefined, 'https://evil-id.example.com'],
    [undefined, 'http://id.example.com'],
    [undefined, 'https://id.example.com:444'],
    [undefined, 'https://id.example.com/'],
    [undefined, 'https://ID.example.com'],
    // Sent twice, as Node joins them.
    [undefined, 'https://id.example.com, https://evil.test'],
    ['same-origin, cross-site', 'https://evil.test'],
    ['SAME-ORIGIN', undefined],
    ['', undefined],
  ])("is somebody else's: Sec-Fetch-Site %s, Origin %s", (...given) => {
    expect(judge(given)).toBe(false);
  });
});
