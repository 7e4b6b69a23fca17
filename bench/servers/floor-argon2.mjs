/** The floor of signing in: `node:http` that verifies one password after the other, as many at once as there are cores. */
import { createServer } from 'node:http';
import { availableParallelism } from 'node:os';
import { verify } from '@node-rs/argon2';

const waiting = [];
let free = availableParallelism();

createServer((request, response) => {
  request.resume();
  if (request.url === '/ready') return void response.end('{}');
  waiting.push(response);
  next();
}).listen(Number(process.env.PORT), '127.0.0.1');

function next() {
  if (free === 0 || waiting.length === 0) return;
  free--;
  const response = waiting.shift();
  verify(process.env.PASSWORD_HASH, process.env.PASSWORD)
    .then((isRight) => response.writeHead(isRight ? 200 : 401).end())
    .finally(() => {
      free++;
      next();
    });
}
