/**
 * A password in the one form in which it is judged, hashed and verified: keyboards and systems differ
 * in how they compose `é`. Nothing is trimmed, cut or folded.
 */
export function normalizePassword(password: string): string {
  return password.normalize('NFKC');
}
