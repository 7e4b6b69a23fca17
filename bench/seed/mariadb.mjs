import mysql from 'mysql2/promise';
import { startMariadb } from '../../scripts/mariadb.mjs';
import { LOAD_CORE, listenerOf, move } from '../harness/cores.mjs';

let server;
let databases = 0;

/**
 * The one MariaDB server of this run, on the core of the load: its work is nobody's CPU time here.
 * Commits are durable, as they are where it matters, and a million rows fit into its memory.
 */
async function theServer() {
  if (server !== undefined) return server;
  server = await startMariadb();
  moveMariadb(LOAD_CORE);
  const admin = await mysql.createConnection(server.url);
  await admin.query('SET GLOBAL innodb_flush_log_at_trx_commit = 1');
  await admin.query('SET GLOBAL innodb_buffer_pool_size = 2147483648');
  await admin.query('SET GLOBAL local_infile = ON');
  await admin.end();
  return server;
}

/** Where it works from now on, when there is a process of Signet on each core. */
export function moveMariadb(cores) {
  move(listenerOf(Number(new URL(server.url).port)), cores);
}

/** A new, empty database on it. */
export async function newMariadbUrl() {
  const { url } = await theServer();
  const name = `bench_${++databases}`;
  const admin = await mysql.createConnection(url);
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  return `${url}${name}`;
}

export async function stopMariadb() {
  await server?.stop();
  server = undefined;
}
