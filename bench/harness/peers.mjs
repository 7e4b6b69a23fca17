import { fileURLToPath } from 'node:url';
import { startServer } from './server.mjs';

/** Starts one of the servers of `servers/` under a name for the table. */
export function peer(file, name, options = {}) {
  const path = fileURLToPath(new URL(`../servers/${file}.mjs`, import.meta.url));
  return startServer(name, path, options);
}
