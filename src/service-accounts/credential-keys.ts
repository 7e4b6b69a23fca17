import { wrongField } from '../platform/http/problems.js';
import type { CreateCredential, SentJwks } from './credential.dto.js';
import { refusalOfJwksAddress } from './jwks-address.js';
import type { JwksAddressRules } from './jwks-address.js';
import { UnusableKey, readPublicJwk } from './public-key.js';
import type { PublicJwk, PublicJwks } from './public-key.js';
import type { ServiceCredential } from './service-credential.entity.js';

/**
 * The keys of a credential that is to be made, or where they are published: one of the two for a key
 * pair, none for a secret.
 *
 * @throws ValidationFailed
 */
export function keysOf(
  { type, jwks, jwksUri }: CreateCredential,
  rules: JwksAddressRules,
): Pick<ServiceCredential, 'jwks' | 'jwksUri'> {
  if (type === 'secret') {
    if (jwks !== undefined) throw wrongField('/jwks', 'surplus', 'is for public keys only');
    if (jwksUri !== undefined) throw wrongField('/jwksUri', 'surplus', 'is for public keys only');
    return { jwks: null, jwksUri: null };
  }
  if (jwks !== undefined && jwksUri !== undefined) {
    throw wrongField('/jwksUri', 'surplus', 'cannot be given together with jwks');
  }
  if (jwksUri === undefined) return { jwks: readJwks(jwks), jwksUri: null };
  const refusal = refusalOfJwksAddress(jwksUri, rules);
  if (refusal !== undefined) throw wrongField('/jwksUri', 'address', refusal);
  return { jwks: null, jwksUri };
}

function readJwks(jwks: SentJwks | undefined): PublicJwks {
  if (jwks === undefined) throw wrongField('/jwks', 'missing', 'or jwksUri is needed');
  const keys: PublicJwk[] = [];
  for (const [i, sent] of jwks.keys.entries()) {
    const key = readKey(sent, `/jwks/keys/${i}`);
    if (keys.some(({ kid }) => kid === key.kid)) {
      throw wrongField(`/jwks/keys/${i}/kid`, 'twice', 'is the kid of another key');
    }
    keys.push(key);
  }
  return { keys };
}

function readKey(sent: unknown, pointer: string): PublicJwk {
  try {
    return readPublicJwk(sent);
  } catch (error) {
    if (error instanceof UnusableKey) throw wrongField(pointer, 'unusable_key', error.message);
    throw error;
  }
}
