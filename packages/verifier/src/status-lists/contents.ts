import { inflateSync } from 'node:zlib';
import { base64url } from 'jose';
import { isObject } from '../claims.js';

/** Eight times what Signet uses: more is a mistake, or an attempt to fill the memory. */
const LIST_BYTES_MAX = 131_072;

type Claims = Readonly<Record<string, unknown>>;

/** How far each list, and what is named, has got. */
export interface Digest {
  readonly lists: ReadonlyMap<number, number>;
  readonly named: number;
}

/** What is revoked by name. */
export interface Named {
  readonly keys: ReadonlySet<string>;
  /** With the least version that is accepted. */
  readonly principals: ReadonlyMap<string, number>;
  readonly tokens: ReadonlySet<string>;
  readonly credentials: ReadonlySet<string>;
}

/** @throws Error when it is no digest. */
export function readDigest({ lists, named }: Claims): Digest {
  return { lists: new Map(pairsIn(lists, isCount)), named: expect(named, isCount) };
}

/** @throws Error when it is no list of named revocations. */
export function readNamed({ keys, principals, tokens, credentials }: Claims): Named {
  return {
    keys: textsIn(keys),
    principals: new Map(pairsIn(principals, isText)),
    tokens: textsIn(tokens),
    credentials: textsIn(credentials),
  };
}

/**
 * The bits of a status list (draft-ietf-oauth-status-list 4).
 *
 * @throws Error when it is none, or larger than any list is.
 */
export function readBits({ status_list: list }: Claims): Uint8Array {
  const { bits, lst } = expect(list, isObject) as { bits?: unknown; lst?: unknown };
  if (bits !== 1) throw new Error('A status has other than 1 bit');
  const compressed = base64url.decode(expect(lst, isText));
  // Inflated no further than that, whatever it would become.
  return inflateSync(compressed, { maxOutputLength: LIST_BYTES_MAX });
}

/** Whether the bit is set; undefined when the list does not reach that far. Least significant bit first. */
export function bitAt(bits: Uint8Array, index: number): boolean | undefined {
  const byte = bits[Math.floor(index / 8)];
  return byte === undefined ? undefined : ((byte >> (index % 8)) & 1) === 1;
}

function expect<T>(value: unknown, is: (value: unknown) => value is T): T {
  if (!is(value)) throw new Error('The document has not the form that it should have');
  return value;
}

function textsIn(list: unknown): ReadonlySet<string> {
  return new Set(expect(list, isList).map((item) => expect(item, isText)));
}

function pairsIn<K>(
  list: unknown,
  isKey: (value: unknown) => value is K,
): (readonly [K, number])[] {
  return expect(list, isList).map((item) => {
    const [key, value] = expect(item, isList);
    return [expect(key, isKey), expect(value, isCount)];
  });
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
