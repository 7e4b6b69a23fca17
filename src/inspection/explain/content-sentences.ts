import { parseRefreshToken } from '../../sessions/refresh-token.js';
import { isLikeClientSecret } from '../../service-accounts/client-secret.js';
import { wrongClaims } from '../../tokens/claims.js';
import { ACCESS_TOKEN_TYPE } from '../../tokens/jws-header.js';
import { verifiedOf } from '../../tokens/verification-steps.js';
import type { Attempt, Fault } from '../../tokens/verification-steps.js';
import type { Facts } from './facts.js';
import { authorOf, instant, quoted } from './words.js';

/** Sentences about the steps that do not depend on the moment. */

export function tellShape(fault: Fault | undefined, { token }: Attempt, { shown }: Facts): string {
  const header = shown.header ?? {};
  if (fault !== undefined && parseRefreshToken(token) !== undefined)
    return 'It is a refresh token: those are exchanged at /v1/auth/refresh and open nothing by themselves.';
  switch (fault) {
    case undefined:
      return 'It is a compact JWS, and its header has alg, typ and kid and nothing else.';
    case 'header_unreadable':
      return 'Its first part is no JSON object in base64url.';
    case 'header_incomplete': {
      const missing = ['alg', 'typ', 'kid'].filter((name) => typeof header[name] !== 'string');
      return `Its header does not have as text: ${missing.join(', ')}.`;
    }
    case 'header_foreign': {
      const foreign = Object.keys(header).filter((name) => !/^(?:alg|typ|kid)$/.test(name));
      return `Its header has what ours never have: ${foreign.map(quoted).join(', ')}. Keys, addresses of keys and extensions that a token brings along are refused.`;
    }
    default:
      return tellForm(token);
  }
}

/** What the text is instead of a token. */
function tellForm(token: string): string {
  if (isLikeClientSecret(token))
    return 'It is a client secret, and was sent where only tokens go: replace it. It gets tokens at /oauth/token.';
  const parts = token.split('.');
  if (parts.length === 5)
    return 'It has the five parts of an encrypted token (JWE). Whoever it is for decrypts it first; post what is inside.';
  if (parts.length === 3 && parts[2] === '') return 'It has no signature.';
  if (token.includes('=')) return 'It is padded with "=", which a compact JWS never is.';
  return `It is not three parts of base64url joined by dots, but ${parts.length === 3 ? 'has other characters, or an empty part' : `${parts.length} part(s)`}.`;
}

export function tellHeader(fault: Fault | undefined, { header }: Attempt, facts: Facts): string {
  const { alg, typ, kid } = header ?? { alg: '', typ: '', kid: '' };
  switch (fault) {
    case undefined:
      return `The key ${quoted(kid)} is ${facts.key?.state ?? 'known'}, ${alg} is its algorithm, and the type is ${ACCESS_TOKEN_TYPE}.`;
    case 'other_algorithm':
      return `The key ${quoted(kid)} is for ${facts.key?.algorithm ?? 'another algorithm'}, and the header says ${quoted(alg)}: the algorithm belongs to the key, whatever a token says.`;
    case 'other_type':
      return `The type must be ${ACCESS_TOKEN_TYPE}, and is ${quoted(typ)}: it is no access token.`;
    default:
      return tellMissingKey(kid, facts);
  }
}

function tellMissingKey(kid: string, { key, shown, issuer, revocations }: Facts): string {
  if (key === undefined) {
    const iss = shown.claims?.['iss'];
    const elsewhere =
      iss === undefined || iss === issuer ? '' : ` The token says that it is by ${quoted(iss)}.`;
    return `There is no key ${quoted(kid)} and never was: the token is by another installation, or forged.${elsewhere}`;
  }
  const since = instant(key.since);
  switch (key.state) {
    case 'compromised': {
      const [hit] = revocations;
      const how = hit === undefined ? '' : `, by ${authorOf(hit)} (revision ${hit.revision})`;
      return `The key ${quoted(kid)} was found to be compromised at ${since}${how}: nothing that it signed is accepted.`;
    }
    case 'removed':
      return `The key ${quoted(kid)} was removed at ${since}, when the last token that it had signed was over.`;
    default:
      return `The key ${quoted(kid)} is ${key.state}, and this replica has not read it yet.`;
  }
}

/** The names, never the values. */
export function tellClaims(fault: Fault | undefined, { payload }: Attempt): string {
  if (fault === undefined) return 'All are there and of their types.';
  return typeof payload === 'object' && payload !== null
    ? `Missing or of the wrong type: ${wrongClaims(payload).join(', ')}.`
    : 'The payload is no JSON object.';
}

export function tellIssuer(fault: Fault | undefined, attempt: Attempt, { issuer }: Facts): string {
  const { iss } = verifiedOf(attempt).claims;
  return fault === undefined
    ? `It is ${quoted(iss)}, as it must be.`
    : `It is ${quoted(iss)} and must be ${quoted(issuer)}. The key is ours: ISSUER_URL has changed, or differs between replicas.`;
}
