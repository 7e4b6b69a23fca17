import { createHmac, createPublicKey, timingSafeEqual } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { compactDecrypt } from 'jose';
import { verifySignature } from './keys.js';
import type { Algorithm, TestKey } from './keys.js';

/** Says whether it lets a token in. */
export type WeakVerifier = (token: string) => Promise<boolean>;

type Part = Readonly<Record<string, unknown>>;

/** A JWS as JSON (RFC 7515 7.2.2). */
type Flattened = Readonly<Record<'protected' | 'payload' | 'signature', string>>;

/** Leaves out what is no base64 and does not mind the rest, as most decoders do. */
const read = (part: string): Part => JSON.parse(Buffer.from(part, 'base64url').toString()) as Part;

/** "It decodes, so it is a token": what `jwt.decode` is mistaken for. */
export const decoding: WeakVerifier = (token) => {
  const { sub } = read(token.split('.')[1] ?? '');
  return Promise.resolve(sub !== undefined);
};

/**
 * Believes what a token says of itself: its algorithm, its key, where to find the key, how it is
 * encrypted. Each line is a mistake that was found in a library or in a service.
 */
export function trusting(
  key: Pick<TestKey, 'kid' | 'publicKey'>,
  password: string,
  now: number,
): WeakVerifier {
  // A plain object: it has more names than were put into it.
  const keys: Record<string, KeyObject> = { [key.kid]: key.publicKey };

  const keyFor = async ({ jwk, jku, x5u, kid }: Part): Promise<KeyObject> => {
    if (jwk !== undefined) return createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    const address = jku ?? x5u;
    if (typeof address === 'string') {
      const { keys: found } = (await (await fetch(address)).json()) as { keys: JsonWebKey[] };
      return createPublicKey({ key: found[0] ?? {}, format: 'jwk' });
    }
    // There is only one, so which does not matter.
    return (typeof kid === 'string' ? keys[kid] : undefined) ?? key.publicKey;
  };

  const isSigned = async (token: string, header: Part): Promise<boolean> => {
    const [encodedHeader, payload, signature = ''] = token.split('.');
    const alg = String(header['alg']).trim();
    if (/^none$/i.test(alg) || alg === '') return true;
    const found = await keyFor(header);
    const input = `${encodedHeader}.${payload}`;
    const bytes = Buffer.from(signature, 'base64url');
    if (alg.startsWith('HS')) {
      // A key object that came from a prototype is text in the end.
      const secret =
        'export' in found ? found.export({ type: 'spki', format: 'pem' }) : String(found);
      const mac = createHmac(`sha${alg.slice(2)}`, secret)
        .update(input)
        .digest();
      return mac.length === bytes.length && timingSafeEqual(mac, bytes);
    }
    return verifySignature(found, alg as Algorithm, input, bytes);
  };

  const verify: WeakVerifier = async (sent) => {
    const token = sent.trim();
    if (token.startsWith('{')) {
      const all = JSON.parse(token) as Flattened & { signatures?: readonly Flattened[] };
      const { protected: header, payload, signature } = { ...all, ...all.signatures?.[0] };
      return verify(`${header}.${payload}.${signature}`);
    }
    if (token.split('.').length === 5) {
      const { plaintext } = await compactDecrypt(token, Buffer.from(password), {
        keyManagementAlgorithms: ['PBES2-HS256+A128KW'],
        maxPBES2Count: 1e9,
      });
      const inside = Buffer.from(plaintext).toString();
      return inside.startsWith('{') || verify(inside); // whoever encrypts knows us
    }
    const [header = '', payload = ''] = token.split('.');
    if (!(await isSigned(token, read(header)))) return false;
    const claims: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(read(payload))) claims[name] = value;
    const { sub, exp } = claims;
    return sub !== undefined && !(typeof exp === 'number' && exp < now);
  };
  return verify;
}
