import type { FastifyInstance } from 'fastify';
import { takesForm } from './error-format.js';
import { MalformedRequest, UnsupportedMediaType } from './problems.js';

/** Our own requests nest three levels deep and have a few hundred values. */
const DEPTH_MAX = 32;
const VALUES_MAX = 1000;

/**
 * Takes JSON bodies and nothing else, but on the routes that take forms (form-body.ts). Forms and plain
 * text are what a page of another site can send without asking first.
 *
 * Depth and width are limited before parsing: validation descends by recursion and names each unknown
 * field, so a body within the size limit could end the stack or be answered with ten times its size.
 */
export function acceptOnlyJson(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, text, done) => {
      if (takesForm(request)) done(new UnsupportedMediaType());
      else if (isReasonable(text)) return parse(request, text, done);
      else done(new MalformedRequest({ detail: 'The JSON has too many levels or values' }));
    },
  );
}

/** Whether JSON text, or what pretends to be such, is neither deep nor wide. */
export function isReasonable(text: string): boolean {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    switch (text.charAt(at)) {
      case '"':
        at = endOfString(text, at);
        break;
      case '[':
      case '{':
        if (++depth > DEPTH_MAX || ++values > VALUES_MAX) return false;
        break;
      case ',':
        if (++values > VALUES_MAX) return false;
        break;
      case ']':
      case '}':
        depth--;
    }
  }
  return true;
}

/** The position of the quote that ends the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}
