/** The floor of reads: `node:http` that verifies an HS256 token, asks the bare driver, and answers in Signet's words. */
import { createServer } from 'node:http';
import { openDriver } from './driver.mjs';
import { verifier } from './verify.mjs';

const SELECT = `SELECT u.id AS id, u.email AS email, u.username AS username, u.display_name AS displayName,
  p.status AS status, u.version AS version, u.password_changed_at AS passwordChangedAt, u.created_at AS createdAt, u.updated_at AS updatedAt,
  (SELECT GROUP_CONCAT(pr.role_name) FROM principal_roles pr WHERE pr.principal_id = u.id) AS roles
  FROM users u JOIN principals p ON p.id = u.id`;
const verify = verifier();
const driver = await openDriver();
const one = driver.prepare(`${SELECT} WHERE u.id = ?`);
const page = driver.prepare(`${SELECT} ORDER BY u.created_at DESC, u.id DESC LIMIT 51`);

createServer((request, response) => {
  if (request.url === '/ready') return void response.end('{}');
  const claims = verify(request.headers.authorization);
  if (claims === undefined) return void response.writeHead(401).end();
  if (!claims.scope.split(' ').includes('users:read')) return void response.writeHead(403).end();
  answer(request.url).then(
    (value) => {
      const body = JSON.stringify(value);
      response.writeHead(200, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
      });
      response.end(body);
    },
    (error) => response.writeHead(500).end(String(error)),
  );
}).listen(Number(process.env.PORT), '127.0.0.1');

async function answer(url) {
  const id = url.slice('/v1/users/'.length);
  if (id !== '') return viewOf((await one([id]))[0]);
  const rows = await page([]);
  const last = rows[49];
  const cursor = Buffer.from(JSON.stringify(['users', Number(last.createdAt), last.id]));
  return { items: rows.slice(0, 50).map(viewOf), nextCursor: cursor.toString('base64url') };
}

function viewOf({
  id,
  email,
  username,
  displayName,
  status,
  roles,
  version,
  passwordChangedAt,
  createdAt,
  updatedAt,
}) {
  return {
    id,
    email,
    username,
    displayName,
    status,
    roles: roles === null ? [] : roles.split(','),
    version,
    passwordChangedAt: new Date(Number(passwordChangedAt)).toISOString(),
    createdAt: new Date(Number(createdAt)).toISOString(),
    updatedAt: new Date(Number(updatedAt)).toISOString(),
  };
}
