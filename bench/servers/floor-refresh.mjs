/**
 * The floor of refreshing: `node:http`, the bare driver, `node:crypto`. `FLOOR=write` does the
 * compare-and-set and signs, on trust that the row says what the token says. `FLOOR=read` also reads the
 * session and what its person may do, without which no answer could be right.
 */
import { createHmac, createPrivateKey, randomBytes, sign, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { openDriver } from './driver.mjs';

const DAY = 86_400_000;
const READ = `SELECT s.principal_id AS sub, s.generation AS generation, s.secret_salt AS salt, s.auth_time AS authTime,
  s.idle_expires_at AS idle, s.ended_at AS ended, p.status AS status, p.token_version AS ver, r.name AS role, r.permissions AS permissions
  FROM sessions s JOIN principals p ON p.id = s.principal_id
  LEFT JOIN principal_roles pr ON pr.principal_id = p.id LEFT JOIN roles r ON r.name = pr.role_name WHERE s.id = ?`;
const ROTATE = `UPDATE sessions SET generation = generation + 1, rotated_at = ?, idle_expires_at = ?
  WHERE id = ? AND generation = ? AND ended_at IS NULL`;

const driver = await openDriver();
const [read, rotate] = [driver.prepare(READ), driver.prepareWrite(ROTATE)];
const key = createPrivateKey({
  key: Buffer.from(process.env.JWT_KEY, 'base64'),
  format: 'der',
  type: 'pkcs8',
});
const header = Buffer.from(process.env.JWT_HEADER).toString('base64url');
const secret = Buffer.from(process.env.MAC_KEY, 'base64');
const reads = process.env.FLOOR === 'read';
const trusted = {
  sub: 'somebody',
  salt: '',
  authTime: Date.now(),
  ver: 1,
  role: 'viewer',
  permissions: '["resources:read","roles:read"]',
};

createServer((request, response) => {
  if (request.url === '/ready') return void response.end('{}');
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', () => {
    refresh(JSON.parse(body).refresh_token).then(
      (answer) => {
        const text = JSON.stringify(answer);
        response.writeHead(answer === undefined ? 401 : 200, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        });
        response.end(text);
      },
      (error) => response.writeHead(500).end(String(error)),
    );
  });
}).listen(Number(process.env.PORT), '127.0.0.1');

async function refresh(token) {
  const [id, generation, mac] = token.split('.');
  const [row] = reads ? await read([id]) : [trusted];
  const expected = Buffer.from(macOf(id, generation, row.salt));
  const isGenuine = timingSafeEqual(Buffer.from(mac), expected);
  // Without the salt the first one of a chain cannot be right; the work is done all the same.
  if (
    reads &&
    (!isGenuine || row.status !== 'active' || row.ended !== null || Number(row.idle) < Date.now())
  )
    return undefined;
  const now = Date.now();
  if ((await rotate([now, now + 14 * DAY, id, Number(generation)])) !== 1) return undefined;
  const next = Number(generation) + 1;
  const scope = JSON.parse(row.permissions).join(' ');
  return {
    access_token: signed(id, row, scope, Math.floor(now / 1000)),
    token_type: 'Bearer',
    expires_in: 600,
    scope,
    refresh_token: `${id}.${next}.${macOf(id, next, row.salt)}`,
  };
}

function signed(sid, { sub, authTime, ver, role }, scope, iat) {
  const iss = process.env.ISSUER;
  const claims = {
    iss,
    sub,
    aud: iss,
    exp: iat + 600,
    nbf: iat,
    iat,
    jti: randomBytes(16).toString('base64url'),
    client_id: 'signet',
    sid,
    auth_time: Math.floor(Number(authTime) / 1000),
    amr: ['pwd'],
    acr: 'aal1',
    roles: [role],
    scope,
    ver,
  };
  const content = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${content}.${sign('sha256', Buffer.from(content), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

function macOf(id, generation, salt) {
  return createHmac('sha256', secret).update(`${id}.${generation}.${salt}`).digest('base64url');
}
