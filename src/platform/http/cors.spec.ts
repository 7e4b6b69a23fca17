import { describe, expect, it } from '@jest/globals';
import { corsFor } from './cors.js';

function answerTo(origin: string | undefined): string | false | undefined {
  let given: string | false | undefined;
  corsFor(['https://app.example.com', 'http://localhost:5173']).origin(
    origin,
    (_error, allowed) => {
      given = allowed;
    },
  );
  return given;
}

describe('corsFor', () => {
  it.each(['https://app.example.com', 'http://localhost:5173'])('lets %s read', (origin) => {
    expect(answerTo(origin)).toBe(origin);
  });

  it.each([
    undefined,
    'null',
    'https://evil.test',
    'https://app.example.com.evil.test',
    'https://evil-app.example.com',
    'http://app.example.com',
    'https://app.example.com:444',
    'https://APP.example.com',
    'https://app.example.com/',
  ])('does not let %s', (origin) => {
    expect(answerTo(origin)).toBe(false);
  });

  it('lets cookies along only when they are in use, and their CSRF header with them', () => {
    const without = corsFor(['https://app.example.com']);
    expect(without.credentials).toBe(false);
    expect(without.allowedHeaders).not.toContain('x-csrf-token');
    const withCookies = corsFor(['https://app.example.com'], 'X-CSRF-Token');
    expect(withCookies.credentials).toBe(true);
    expect(withCookies.allowedHeaders).toContain('x-csrf-token');
  });
});
