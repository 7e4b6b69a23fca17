import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** What was sealed cannot be opened: another key-encryption key, or the row was altered. */
export class CannotUnseal extends Error {
  constructor(name: string, cause?: unknown) {
    super(
      `"${name}" was sealed with another key-encryption key than KEY_ENCRYPTION_KEY or KEY_ENCRYPTION_KEYS_OTHER, or was altered`,
      { cause },
    );
    this.name = 'CannotUnseal';
  }
}

/**
 * Encrypts secrets at rest with the key-encryption key: AES-256-GCM, a random 96-bit nonce each time
 * (NIST SP 800-38D 8.2.2), the secret's name as associated data, so that rows cannot be swapped.
 *
 * Form: `v1.<key id>.<nonce>.<ciphertext>.<tag>`, where the key id says which key-encryption key it was.
 * Seals with one key, and opens what any of them has sealed: while the key is being exchanged, some
 * replicas seal with the one already and some still with the other.
 */
export class Envelope {
  private readonly currentId: string;
  private readonly keys: ReadonlyMap<string, Buffer>;

  constructor(
    private readonly current: Buffer,
    others: readonly Buffer[] = [],
  ) {
    this.currentId = idOf(current);
    this.keys = new Map([...others, current].map((key) => [idOf(key), key]));
  }

  seal(name: string, secret: Buffer): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.current, nonce).setAAD(Buffer.from(name));
    const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
    const parts = [nonce, sealed, cipher.getAuthTag()].map((part) => part.toString('base64url'));
    return ['v1', this.currentId, ...parts].join('.');
  }

  /** @throws CannotUnseal when none of the keys sealed it under this name. */
  open(name: string, text: string): Buffer {
    const [version, keyId = '', nonce, sealed, tag] = text.split('.');
    const key = this.keys.get(keyId);
    if (version !== 'v1' || key === undefined || !nonce || !sealed || !tag)
      throw new CannotUnseal(name);
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), {
        authTagLength: 16,
      });
      decipher.setAAD(Buffer.from(name)).setAuthTag(Buffer.from(tag, 'base64url'));
      return Buffer.concat([decipher.update(Buffer.from(sealed, 'base64url')), decipher.final()]);
    } catch (error) {
      throw new CannotUnseal(name, error);
    }
  }

  /** Whether the text was sealed with the key that seals now. */
  isCurrent(text: string): boolean {
    return text.split('.')[1] === this.currentId;
  }

  /** The same secret, sealed with the key that seals now. @throws CannotUnseal */
  reseal(name: string, text: string): string {
    return this.seal(name, this.open(name, text));
  }
}

function idOf(key: Buffer): string {
  return createHash('sha256').update('signet-kek').update(key).digest('base64url').slice(0, 8);
}
