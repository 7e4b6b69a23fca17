import type { Consumer } from './consumer.js';

/** True of every configuration here. */
function commonNotes(consumer: Consumer): readonly string[] {
  return [
    ...(needsHttp(consumer)
      ? [
          'The issuer is not on https: whoever is on the way can replace its keys, and read the client secret. Only for networks that are trusted.',
        ]
      : []),
    'Set SIGNET_CLIENT_ID and SIGNET_CLIENT_SECRET in the environment to a credential of a service account that owns this resource or holds the permission tokens:introspect. To any other, Signet says that no token is active, and every request is refused.',
    'Each request asks Signet whether its token was revoked, so that a revocation holds at once. Without that call, verification needs nothing but the keys, and a revoked token is accepted until it expires.',
    'The algorithms are those of the keys that sign now and next. Before the installation changes its SIGNING_ALGORITHM, print this again.',
  ];
}

/** True of configurations for languages that are not run here. */
export const ONLY_PARSED =
  'Signet’s tests parse this code, and do not run it. Let signet-probe (of @signet/testing) call your service before you rely on it.';

/** True of every configuration with somebody else's library. */
export function libraryNotes(consumer: Consumer): readonly string[] {
  return [
    ...commonNotes(consumer),
    'Where a round trip for each request is too much: follow GET /v1/revocations/stream into a store of your own, or read the status lists that the tokens name (status.status_list) and /v1/status-lists/named. docs/for-consumers.md shows both.',
  ];
}

/** True of every configuration with Signet's own verifier. */
export function verifierNotes(consumer: Consumer): readonly string[] {
  return [
    'Run "npm ci" and "npm pack -w packages/verifier" in Signet’s repository: that makes the file to install. Never install @signet/verifier by its name from the public npm registry: Signet is not there, and whatever is would be somebody else’s. With a registry of your own, publish the file to it and bind the scope to it first: "@signet:registry=https://..." in .npmrc.',
    ...(needsHttp(consumer)
      ? ['allowHttp is set, since the verifier takes http from this machine only.']
      : []),
    ...(consumer.isEncrypted
      ? [
          'The tokens of this resource are encrypted. Set RESOURCE_PRIVATE_KEY to the private JWK, with "alg" and the "kid" that Signet shows.',
        ]
      : []),
    ...commonNotes(consumer),
    'Where a round trip for each request is too much, put statusLists({ issuer }), also of @signet/verifier, in the place of introspection({ ... }): then no request waits for Signet, no client is needed, and a revocation is noticed within maxStaleness, 20 seconds.',
  ];
}

/** Whether tokens and keys would go over a network in the clear. */
export function needsHttp({ issuer }: Consumer): boolean {
  const { protocol, hostname } = new URL(issuer);
  return protocol === 'http:' && !/^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/** Says what to do about tokens that the library cannot read. */
export function cannotDecrypt({ isEncrypted }: Consumer, how: string): readonly string[] {
  if (!isEncrypted) return [];
  return [
    `The tokens of this resource are encrypted, and this configuration does not decrypt them: ${how}, and hand it what was inside; or remove the encryption key of the resource.`,
  ];
}

/** Says which of the algorithms the library does not know. */
export function unknownTo(
  library: string,
  { algorithms }: Consumer,
  known: readonly string[],
): readonly string[] {
  const unknown = algorithms.filter((algorithm) => !known.includes(algorithm));
  if (unknown.length === 0) return [];
  return [
    `${library} does not know ${unknown.join(', ')}: it refuses every token signed with that.`,
  ];
}
