import type { Consumer } from './consumer.js';

/** True of every configuration here. */
export const COMMON_NOTES: readonly string[] = [
  'Set SIGNET_CLIENT_ID and SIGNET_CLIENT_SECRET in the environment to a credential of a service account that owns this resource or holds the permission tokens:introspect. To any other, Signet says that no token is active, and every request is refused.',
  'Each request asks Signet whether its token was revoked, so that a revocation holds at once. Without that call, verification needs nothing but the keys, and a revoked token is accepted until it expires.',
  'The algorithms are those of the keys that sign now and next. Before the installation changes its SIGNING_ALGORITHM, print this again.',
];

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
