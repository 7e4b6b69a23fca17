import { compactDecrypt } from 'jose';
import type { JWK } from 'jose';
import { objectIn, partsOf } from './compact.js';
import { TokenRejected } from './errors.js';

/**
 * How tokens are encrypted for a resource. Everything else is refused before any cryptography, above all
 * the password-based algorithms, whose `p2c` lets a sender choose how long the receiver computes.
 */
export const KEY_ENCRYPTION = ['ECDH-ES+A256KW', 'RSA-OAEP-256'] as const;
const CONTENT_ENCRYPTION = 'A256GCM';

/** The members that the header of a nested token may have (RFC 7516 4.1, RFC 7519 5.2); no `zip`, no `crit`. */
const KNOWN_MEMBERS = new Set(['alg', 'enc', 'kid', 'typ', 'cty', 'epk']);

/** A private key whose public half is registered at the resource, with its `alg`. */
export type DecryptionKey = JWK & { readonly alg: (typeof KEY_ENCRYPTION)[number] };

/** Opens the tokens that are signed first and encrypted then for a resource. */
export class Decrypter {
  /** @throws TypeError when a key is no private key for one of the algorithms. */
  constructor(private readonly keys: readonly DecryptionKey[]) {
    for (const { alg, d } of keys) {
      if (!KEY_ENCRYPTION.includes(alg) || typeof d !== 'string') {
        throw new TypeError(
          `decryptionKeys are private JWKs with an alg of ${KEY_ENCRYPTION.join(', ')}`,
        );
      }
    }
  }

  /**
   * The signed token inside.
   *
   * @throws TokenRejected at the steps `shape` and `encryption`.
   */
  async open(token: string): Promise<string> {
    if (this.keys.length === 0) throw new TokenRejected('encrypted');
    const [encodedHeader] = partsOf(token, 5) ?? [];
    const header = encodedHeader === undefined ? undefined : objectIn(encodedHeader);
    if (header === undefined) throw new TokenRejected('malformed');
    const { enc, cty } = header;
    if (enc !== CONTENT_ENCRYPTION || cty !== 'JWT' || !hasKnownMembers(header)) {
      throw new TokenRejected('encryption_not_allowed');
    }
    return this.decrypt(token, this.keyFor(header));
  }

  private keyFor({ alg, kid }: Record<string, unknown>): DecryptionKey {
    const accepted = KEY_ENCRYPTION.find((known) => known === alg);
    if (accepted === undefined) throw new TokenRejected('encryption_not_allowed');
    const fitting = this.keys.filter(
      (key) => key.alg === accepted && (kid === undefined || key.kid === kid),
    );
    const [key] = fitting;
    if (key === undefined || fitting.length > 1) throw new TokenRejected('unknown_decryption_key');
    return key;
  }

  private async decrypt(token: string, key: DecryptionKey): Promise<string> {
    try {
      const { plaintext } = await compactDecrypt(token, key, {
        keyManagementAlgorithms: [key.alg],
        contentEncryptionAlgorithms: [CONTENT_ENCRYPTION],
      });
      return new TextDecoder().decode(plaintext);
    } catch (cause) {
      throw new TokenRejected('decryption_failed', { cause });
    }
  }
}

function hasKnownMembers(header: Record<string, unknown>): boolean {
  return Object.keys(header).every((name) => KNOWN_MEMBERS.has(name));
}
