import { ValidateBy } from 'class-validator';
import { IDENTIFIER_MAX } from './resource.entity.js';

/** The characters of a URI (RFC 3986 2), less `#`: an `aud` has no fragment (RFC 8707 2). */
const URI = /^[A-Za-z0-9\-._~:/?[\]@!$&'()*+,;=%]+$/;

/** `http:x` and `HTTP://x` are URLs to a parser that means well, and twins of others byte for byte. */
const HTTP_AUTHORITY = /^https?:\/\/([^/?]+)/;
const URN = /^urn:[A-Za-z0-9][A-Za-z0-9-]{1,31}:./;

/** Whether the text can identify a resource: an absolute http, https or urn URI, without user or fragment. */
export function isResourceIdentifier(text: unknown): text is string {
  if (typeof text !== 'string' || text.length > IDENTIFIER_MAX) return false; // before any regex (INP-08)
  if (!URI.test(text) || !URL.canParse(text)) return false;
  const [, authority] = HTTP_AUTHORITY.exec(text) ?? [];
  return authority === undefined ? URN.test(text) : !authority.includes('@');
}

/** Whether two identifiers lead to one address, however they are written. */
export function isSameAddress(one: string, other: string): boolean {
  return new URL(one).href === new URL(other).href;
}

/** A field that identifies a resource. */
export function IsResourceIdentifier(): PropertyDecorator {
  return ValidateBy({
    name: 'identifier',
    validator: {
      validate: isResourceIdentifier,
      defaultMessage: () =>
        `must be an absolute http, https or urn URI of up to ${IDENTIFIER_MAX} characters in ASCII, without user or fragment`,
    },
  });
}
