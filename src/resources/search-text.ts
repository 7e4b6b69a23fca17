/** The width of the column; NFKC can make a text up to 18 times as long. */
const SEARCH_TEXT_MAX = 1536;

/** Text in the one form in which it is searched, alike on every database. */
export function searchable(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

/** What a search looks through: one field a line, so that no search text spans two of them. */
export function searchTextOf(resource: {
  readonly identifier: string;
  readonly name: string;
  readonly description: string;
}): string {
  const text = searchable(`${resource.identifier}\n${resource.name}\n${resource.description}`);
  // By code points: half a surrogate pair is no text that MariaDB takes.
  return Array.from(text).slice(0, SEARCH_TEXT_MAX).join('');
}
