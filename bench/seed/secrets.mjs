import { Envelope } from '../../dist/src/keys/envelope.js';
import { openPrivate } from '../../dist/src/keys/sealed-key.js';
import { secretName } from '../../dist/src/keys/server-secrets.js';

/** The installation's key that signs, opened as Signet opens it. */
export async function signingKeyOf(installation) {
  const [row] = await query(
    installation,
    `SELECT kid, algorithm, public_jwk AS publicJwk, sealed_private_key AS sealedPrivateKey
     FROM signing_keys WHERE active_slot = 'active'`,
  );
  const stored = { ...row, publicJwk: JSON.parse(row.publicJwk) };
  return openPrivate(stored, new Envelope(installation.keyEncryptionKey));
}

/** The installation's secret of that purpose. */
export async function serverSecretOf(installation, purpose) {
  const [row] = await query(
    installation,
    `SELECT sealed FROM sealed_secrets WHERE name = '${purpose}'`,
  );
  return new Envelope(installation.keyEncryptionKey).open(secretName(purpose), row.sealed);
}

async function query(installation, sql) {
  const raw = await installation.raw();
  try {
    return await raw.all(sql);
  } finally {
    await raw.close();
  }
}
