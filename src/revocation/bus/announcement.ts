/** What a replica tells the others. Nobody believes it: it is a reason to ask the database now. */
export interface Announcement {
  /** There are revocations up to this revision; 0 when that is not what is told. */
  readonly revision: number;
  /** The signing keys were changed. */
  readonly keys: boolean;
}

/** `17`, `17 keys` or `0 keys`. */
export function textOf({ revision, keys }: Announcement): string {
  return keys ? `${revision} keys` : `${revision}`;
}

/** Undefined for what no replica sends. */
export function announcementIn(text: string): Announcement | undefined {
  const [, digits, keys] = /^(\d{1,15})( keys)?$/.exec(text) ?? [];
  return digits === undefined ? undefined : { revision: Number(digits), keys: keys !== undefined };
}

/** One announcement that says what both say. */
export function together(one: Announcement | undefined, other: Announcement): Announcement {
  if (one === undefined) return other;
  return {
    revision: Math.max(one.revision, other.revision),
    keys: one.keys || other.keys,
  };
}
