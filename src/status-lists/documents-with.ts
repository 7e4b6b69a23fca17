import type { RevokedToken } from '../revocation/revoked-token.entity.js';
import { listOf } from './status-reference.js';

/** The names of the documents that are no list. */
export const DIGEST = 'digest';
export const NAMED = 'named';

/** The documents from which it can be seen that something was revoked: the list of its bit, its name, or both. */
export function documentsWith({
  kind,
  statusIndex,
}: Pick<RevokedToken, 'kind' | 'statusIndex'>): readonly string[] {
  return [
    ...(statusIndex === null ? [] : [`${listOf(statusIndex)}`]),
    // A session is a bit and nothing else; one without a bit is in no document.
    ...(kind === 'session' ? [] : [NAMED]),
  ];
}
