import type { FastifyInstance } from 'fastify';
import { takesForm } from './error-format.js';
import { MalformedRequest, UnsupportedMediaType } from './problems.js';

/** Bytes: the longest token several times over, percent-encoded. */
const FORM_MAX = 65_536;
const PARAMETERS_MAX = 64;

const NOT_A_FORM = 'The form is not well-formed or has too many parameters';

/** The parameters of a form, with every value that was given; those without one count as left out. */
export type Form = ReadonlyMap<string, readonly string[]>;

/**
 * Takes forms on the routes that are made for them, and nowhere else: a form is what a page of another
 * site can send without asking first.
 */
export function acceptForms(fastify: FastifyInstance): void {
  fastify.addContentTypeParser<string>(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: FORM_MAX },
    (request, text, done) => {
      if (request.is404) done(null);
      else if (!takesForm(request)) done(new UnsupportedMediaType());
      else {
        const form = parseForm(text);
        if (form === undefined) done(new MalformedRequest({ detail: NOT_A_FORM }));
        else done(null, form);
      }
    },
  );
}

/**
 * Reads `application/x-www-form-urlencoded` (RFC 6749 appendix B). Strict where `URLSearchParams` would
 * guess: an escape that is none, or is no UTF-8, ends it. A map, so that no name can be a property of
 * anything.
 *
 * @returns undefined for what is no such form, or has too many parameters.
 */
export function parseForm(text: string): Form | undefined {
  const form = new Map<string, string[]>();
  if (text === '') return form;
  const pairs = text.split('&', PARAMETERS_MAX + 1);
  if (pairs.length > PARAMETERS_MAX) return undefined;
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = decode(equals === -1 ? '' : pair.slice(equals + 1));
    if (name === undefined || value === undefined) return undefined;
    // RFC 6749 3.2: a parameter without a value is treated as if it were omitted.
    if (value === '') continue;
    const values = form.get(name);
    if (values === undefined) form.set(name, [value]);
    else values.push(value);
  }
  return form;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined; // a malformed escape: the whole form is refused by the caller
  }
}
