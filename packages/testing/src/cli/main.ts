import { run } from './run.js';

process.exitCode = await run({
  argv: process.argv.slice(2),
  env: process.env, // eslint-disable-line no-restricted-properties -- a command of its own, not the server
  out: (text) => process.stdout.write(`${text}\n`),
  note: (text) => process.stderr.write(`${text}\n`),
});
