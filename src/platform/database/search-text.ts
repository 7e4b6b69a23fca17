/** Text in the one form in which it is searched, alike on every database. */
export function searchable(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

/**
 * What a search looks through: one field a line, so that no search text spans two of them, cut to the
 * width of the column (NFKC can make a text up to 18 times as long).
 */
export function searchTextOf(fields: readonly string[], max: number): string {
  // By code points: half a surrogate pair is no text that MariaDB takes.
  return Array.from(searchable(fields.join('\n')))
    .slice(0, max)
    .join('');
}
