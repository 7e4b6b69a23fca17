import type { MockIssuer } from '../mock/mock-issuer.js';
import type { TokenRequest } from '../mock/token-request.js';
import { forge, isForged } from './forged.js';
import type { BadKind, LabelledToken, TokenSource } from './token-source.js';

/** Tokens of a mock issuer that the service under test trusts. `request` is what its route wants to see. */
export function mockTokens(issuer: MockIssuer, request: TokenRequest): TokenSource {
  const good = () => Promise.resolve(issuer.token(request));
  return {
    good,
    bad: async (kind) =>
      isForged(kind)
        ? forge(kind, { ...issuer.forging, good: await good() })
        : minted(kind, issuer, request),
    revoke: (token) => {
      issuer.revoke(token);
      return Promise.resolve();
    },
    goodOfNextKey: async () => {
      await issuer.rotate();
      return issuer.token(request);
    },
  };
}

/** Those that only the holder of the private key can make. */
function minted(
  kind: Exclude<BadKind, Parameters<typeof forge>[0]>,
  issuer: MockIssuer,
  request: TokenRequest,
): readonly LabelledToken[] {
  switch (kind) {
    case 'expired':
      return [{ label: 'that ended an hour ago', token: issuer.expired(request) }];
    case 'notYetValid':
      return [{ label: 'that begins in an hour', token: issuer.notYetValid(request) }];
    case 'wrongAudience':
      return wrongAudiences(issuer, request).map((audience) => ({
        label: `for ${audience}`,
        token: issuer.wrongAudience({ ...request, audience }),
      }));
    case 'wrongIssuer':
      return [
        'https://another-issuer.example',
        `${issuer.issuer}/`,
        `${issuer.issuer}.evil.example`,
      ].map((name) => ({
        label: `from ${name}`,
        token: issuer.wrongIssuer({ ...request, issuer: name }),
      }));
    case 'withoutType':
      return [
        { label: 'without "typ"', token: issuer.withoutType(request) },
        { label: 'of "typ":"JWT"', token: issuer.withoutType({ ...request, typ: 'JWT' }) },
      ];
    case 'refreshToken':
      return [{ label: 'for refreshing', token: issuer.refreshToken(request) }];
    case 'oversized':
      return [{ label: 'of 64 KiB', token: issuer.oversized(request) }];
  }
}

/** A part of the right one, and more than it, catch comparisons of parts; the issuer is Signet's own API. */
function wrongAudiences({ issuer }: MockIssuer, { audience = issuer }: TokenRequest): string[] {
  const others = [
    'https://another-resource.example',
    `${audience}.evil.example`,
    audience.slice(0, -1),
    issuer,
  ];
  return others.filter((other) => other !== audience);
}
