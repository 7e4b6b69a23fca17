/** An e-mail address or username in the one form in which it is stored and compared. */
export function canonical(identifier: string): string {
  return identifier.normalize('NFKC').toLowerCase();
}
