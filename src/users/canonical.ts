import { Transform } from 'class-transformer';

/** A name (an e-mail address, a username) in the one form in which it is stored and compared. */
export function canonical(identifier: string): string {
  return identifier.normalize('NFKC').toLowerCase();
}

/** Brings a field into its canonical form before it is judged; anything else is for the validators to refuse. */
export const Canonical = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? canonical(value) : value,
  );

/** A name in its canonical form. No `@`, so that it cannot be taken for an e-mail address. */
export const CANONICAL_NAME = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;
