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
});
