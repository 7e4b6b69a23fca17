type Answer = (error: Error | null, allowed: string | false) => void;

/**
 * Lets scripts of exactly these origins read answers. Others get no CORS header at all, so that
 * nothing is reflected and a preflight of theirs is an ordinary request that is refused.
 *
 * @param csrfHeader given when cookies are in use: then these origins may send them, and this header.
 *   Otherwise they go without credentials: browsers have nothing of ours that they could add by themselves.
 */
export function corsFor(origins: readonly string[], csrfHeader?: string) {
  const allowed = new Set(origins);
  return {
    origin: (origin: string | undefined, answer: Answer) => {
      answer(null, origin !== undefined && allowed.has(origin) ? origin : false);
    },
    credentials: csrfHeader !== undefined,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'authorization',
      'content-type',
      'if-match',
      'if-none-match',
      'x-request-id',
      ...(csrfHeader === undefined ? [] : [csrfHeader.toLowerCase()]),
    ],
    exposedHeaders: [
      'etag',
      'location',
      'retry-after',
      'signet-refresh',
      'signet-revision',
      'www-authenticate',
      'x-request-id',
    ],
    maxAge: 600,
    strictPreflight: false, // strict ones are refused in plain text
  };
}
