/**
 * The bare way to load a million revocations from MariaDB: the driver's row events, each into its place
 * in one buffer. Argument: the database. Tells how long it took, in milliseconds.
 */
import { performance } from 'node:perf_hooks';
import mysql from 'mysql2';

const { hostname: host, port, username: user, pathname } = new URL(process.argv[2]);
const connection = mysql.createConnection({
  host,
  port: Number(port),
  user,
  database: pathname.slice(1),
  rowsAsArray: true,
});
await new Promise((resolve, reject) =>
  connection.connect((error) => (error ? reject(error) : resolve())),
);

const BYTES = 24;
const began = performance.now();
const cpuBegan = process.cpuUsage();
const found = Buffer.alloc(BYTES * 1_000_000);
let at = 0;
await new Promise((resolve, reject) => {
  connection
    .query('SELECT subject, expires_at FROM revoked_tokens')
    .on('result', ([subject, expiresAt]) => {
      found.write(subject, at, 16, 'base64url');
      found.writeDoubleLE(Number(expiresAt), at + 16);
      at += BYTES;
    })
    .on('error', reject)
    .on('end', resolve);
});
if (at !== found.length) throw new Error(`${at / BYTES} rows`);
const { user: userMicros, system } = process.cpuUsage(cpuBegan);
console.log(
  JSON.stringify({ millis: performance.now() - began, cpu: (userMicros + system) / 1000 }),
);
connection.destroy();
