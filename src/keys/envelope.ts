import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** What was sealed cannot be opened: another key-encryption key, or the row was altered. */
export class CannotUnseal extends Error {
  constructor(name: string, cause?: unknown) {
    super(
      `"${name}" was sealed with another key-encryption key than KEY_ENCRYPTION_KEY, or was altered`,
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
 */
export class Envelope {
  private readonly keyId: string;

  constructor(private readonly keyEncryptionKey: Buffer) {
    this.keyId = createHash('sha256')
      .update('signet-kek')
      .update(keyEncryptionKey)
      .digest('base64url')
      .slice(0, 8);
  }

  seal(name: string, secret: Buffer): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.keyEncryptionKey, nonce).setAAD(
      Buffer.from(name),
    );
    const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
    const parts = [nonce, sealed, cipher.getAuthTag()].map((part) => part.toString('base64url'));
    return ['v1', this.keyId, ...parts].join('.');
  }

  /** @throws CannotUnseal when this key did not seal it under this name. */
  open(name: string, text: string): Buffer {
    const [version, keyId, nonce, sealed, tag] = text.split('.');
    if (version !== 'v1' || keyId !== this.keyId || !nonce || !sealed || !tag)
      throw new CannotUnseal(name);
    try {
      const decipher = createDecipheriv(
        'aes-256-gcm',
        this.keyEncryptionKey,
        Buffer.from(nonce, 'base64url'),
        {
          authTagLength: 16,
        },
      );
      decipher.setAAD(Buffer.from(name)).setAuthTag(Buffer.from(tag, 'base64url'));
      return Buffer.concat([decipher.update(Buffer.from(sealed, 'base64url')), decipher.final()]);
    } catch (error) {
      throw new CannotUnseal(name, error);
    }
  }
}
