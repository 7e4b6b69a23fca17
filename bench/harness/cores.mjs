import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** The core of whatever is measured, and the core of load and databases. One core: nothing is pinned. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;
export const isPinned = availableParallelism() > 1;

/** The command, run on these cores only. */
export function on(cores, command) {
  return isPinned ? ['taskset', '-c', [cores].flat().join(','), ...command] : command;
}

/** Moves a process that runs already, such as a database server. */
export function move(pid, cores) {
  if (!isPinned) return;
  execFileSync('taskset', ['-a', '-c', '-p', String(cores), String(pid)], { stdio: 'ignore' });
}

/** The process of this machine that listens on the port of the loopback. */
export function listenerOf(port) {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const line = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((text) => text.trim().split(/\s+/))
    .find(([, local, , state]) => state === '0A' && local?.endsWith(`:${hex}`));
  const socket = `socket:[${line?.[9]}]`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => socketsOf(pid).includes(socket));
}

function socketsOf(pid) {
  try {
    const links = execFileSync('ls', ['-l', `/proc/${pid}/fd`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return [...links.matchAll(/-> (socket:\[\d+\])/g)].map(([, name]) => name);
  } catch {
    return []; // of another user, or gone
  }
}
