import { UnusableKey, readPublicJwk } from '../public-key.js';
import type { PublicJwk } from '../public-key.js';

const TIMEOUT = 3000;
const BYTES_MAX = 65_536;

/**
 * Fetches a set of public keys (RFC 7517 5). Keys of kinds that are not used here are left out, for a set
 * serves other purposes, too.
 *
 * @throws Error for any answer but 200 with a set of at most 64 kB within 3 s. Redirects are not followed:
 *   they would lead to where the operator did not say.
 */
export async function fetchJwks(address: string): Promise<readonly PublicJwk[]> {
  const response = await fetch(address, {
    redirect: 'error',
    headers: {
      accept: 'application/jwk-set+json, application/json',
      'accept-encoding': 'identity',
    },
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`The answer has the status ${response.status}`);
  }
  const set: unknown = JSON.parse(await readLimited(response));
  if (typeof set !== 'object' || set === null || !('keys' in set) || !Array.isArray(set.keys)) {
    throw new Error('The answer is no set of keys');
  }
  return set.keys.flatMap(usableKey);
}

function usableKey(value: unknown): PublicJwk[] {
  try {
    return [readPublicJwk(value)];
  } catch (error) {
    if (error instanceof UnusableKey) return [];
    throw error;
  }
}

/** The body as text; given up as soon as it is too large, whatever its headers promise. */
async function readLimited({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // What fetch gives is bytes; its types leave that open.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > BYTES_MAX) throw new Error(`The answer has more than ${BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
