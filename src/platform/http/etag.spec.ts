import 'reflect-metadata';
import type { ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { describe, expect, it } from '@jest/globals';
import { SeenVersion, etagOf, expectVersion } from './etag.js';
import { PreconditionFailed } from './problems.js';

class Handlers {
  change(@SeenVersion() _seen: number | undefined): void {}
}

type Read = (data: undefined, context: ExecutionContext) => number | undefined;

/** What the parameter of a handler gets for this header; Nest keeps the function in metadata. */
function seenIn(ifMatch: string | undefined): number | undefined {
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, Handlers, 'change') as Record<
    string,
    { factory: Read }
  >;
  const [parameter] = Object.values(parameters);
  const request = { headers: ifMatch === undefined ? {} : { 'if-match': ifMatch } };
  const context = { switchToHttp: () => ({ getRequest: () => request }) };
  return parameter?.factory(undefined, context as ExecutionContext); // all that is read of it
}

describe('the version that a caller saw', () => {
  it('is what the ETag says', () => {
    for (const version of [1, 17, 999_999_999]) expect(seenIn(etagOf(version))).toBe(version);
  });

  it('is unknown without the header, and for any version', () => {
    expect(seenIn(undefined)).toBeUndefined();
    expect(seenIn('*')).toBeUndefined();
  });

  it.each([
    '',
    '1',
    '"1',
    'W/"1"',
    '"1", "2"',
    '"1" ',
    '"-1"',
    '"1e3"',
    '"0x1"',
    '"1.0"',
    '"1234567890"',
    '"a"',
    '"*"',
    '"1"\n',
  ])('matches nothing when it is %j', (header) => {
    expect(() => expectVersion(1, seenIn(header))).toThrow(PreconditionFailed);
  });
});

describe('expectVersion', () => {
  it('lets a write through when nobody was faster, or when the caller does not ask', () => {
    expect(() => {
      expectVersion(3, 3);
      expectVersion(3, undefined);
    }).not.toThrow();
  });

  it('refuses a write on top of what the caller has not seen', () => {
    for (const seen of [2, 4, 0]) expect(() => expectVersion(3, seen)).toThrow(PreconditionFailed);
  });
});
