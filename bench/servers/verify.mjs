import { createHmac, createPublicKey, createSecretKey, timingSafeEqual, verify } from 'node:crypto';

/**
 * What is necessary to believe a token, and no more: its signature, its end, and that it is not among
 * the revoked ones. `JWT_ALGORITHM` and `JWT_KEY` say how; the key object is made once.
 *
 * @returns {(authorization: string | undefined) => any} the claims of a good token
 */
export function verifier() {
  const isGenuine = process.env.JWT_ALGORITHM === 'ES256' ? checkEs256() : checkHs256();
  const revoked = new Set();
  return (authorization) => {
    if (authorization === undefined || !authorization.startsWith('Bearer ')) return undefined;
    const token = authorization.slice(7);
    const dot = token.lastIndexOf('.');
    const content = token.slice(0, dot);
    if (!isGenuine(content, Buffer.from(token.slice(dot + 1), 'base64url'))) return undefined;
    const claims = JSON.parse(
      Buffer.from(content.slice(content.indexOf('.') + 1), 'base64url').toString(),
    );
    if (claims.exp <= Date.now() / 1000 || revoked.has(claims.jti)) return undefined;
    return claims;
  };
}

function checkHs256() {
  const key = createSecretKey(process.env.JWT_KEY, 'utf8');
  return (content, signature) => {
    const expected = createHmac('sha256', key).update(content).digest();
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  };
}

function checkEs256() {
  const key = createPublicKey({ key: JSON.parse(process.env.JWT_KEY), format: 'jwk' });
  return (content, signature) =>
    verify('sha256', Buffer.from(content), { key, dsaEncoding: 'ieee-p1363' }, signature);
}
