/** Under what conditions keys may be fetched. */
export interface JwksAddressRules {
  readonly clientJwksOrigins: readonly string[];
  readonly production: boolean;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Why Signet does not fetch keys from the address; undefined when it does. Whoever registers an address
 * makes Signet call it, from within the network that it stands in: only where the operator said so
 * (INP-07), and only in a way in which nobody on the way can put in a key of their own.
 */
export function refusalOfJwksAddress(text: string, rules: JwksAddressRules): string | undefined {
  if (rules.clientJwksOrigins.length === 0) {
    return 'is not taken here: CLIENT_JWKS_ORIGINS names no origin to fetch keys from; register the keys themselves';
  }
  if (!URL.canParse(text)) return 'must be a URL';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.hash !== '' || url.href !== text) {
    return 'must be a URL in its plain form, without user and fragment';
  }
  const isOwnMachine = url.protocol === 'http:' && LOOPBACK.has(url.hostname);
  if (url.protocol !== 'https:' && (rules.production || !isOwnMachine)) return 'must be https';
  if (!rules.clientJwksOrigins.includes(url.origin)) {
    return 'must be on one of the origins of CLIENT_JWKS_ORIGINS';
  }
  return undefined;
}
