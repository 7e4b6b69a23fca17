import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** As the kernel writes it in /proc/net/tcp. */
const LISTEN = '0A';
const CLOSE_WAIT = '08';

interface Connection {
  readonly localPort: number;
  readonly remotePort: number;
  readonly state: string;
}

/** What a process holds open, by what it is for. */
export interface OpenHandles {
  /** Files, pipes, timers, what it listens on: everything but connections. */
  readonly others: number;
  /** Connections that were made to it. */
  readonly incoming: number;
  /** Connections that it has made, to the database above all. */
  readonly outgoing: number;
  /** Of either, those that the other side has closed and it has not. */
  readonly halfClosed: number;
}

/** @param port that it listens on. @returns undefined where there is no /proc, or the process is gone. */
export function openHandlesOf(pid: number, port: number): OpenHandles | undefined {
  const held = connectionsOf(pid);
  if (held === undefined) return undefined;
  const { others, connections } = held;
  const incoming = connections.filter(({ localPort }) => localPort === port).length;
  return {
    others,
    incoming,
    outgoing: connections.length - incoming,
    halfClosed: connections.filter(({ state }) => state === CLOSE_WAIT).length,
  };
}

/** Connections that this process has to the port. */
export function ownConnectionsTo(port: number): number | undefined {
  const held = connectionsOf(process.pid);
  return held?.connections.filter(({ remotePort }) => remotePort === port).length;
}

function connectionsOf(
  pid: number,
): { readonly others: number; readonly connections: readonly Connection[] } | undefined {
  try {
    const folder = `/proc/${pid}/fd`;
    const names = readdirSync(folder).map((fd) => nameOf(`${folder}/${fd}`));
    const table = tcpOf(pid);
    const connections = names.flatMap((name) => {
      const inode = /^socket:\[(\d+)\]$/.exec(name)?.[1];
      const connection = inode === undefined ? undefined : table.get(inode);
      return connection === undefined || connection.state === LISTEN ? [] : [connection];
    });
    return { others: names.length - connections.length, connections };
  } catch {
    return undefined; // no /proc, or the process is gone
  }
}

/** What a descriptor leads to; empty when it was closed meanwhile. */
function nameOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** By inode. */
function tcpOf(pid: number): ReadonlyMap<string, Connection> {
  const lines = ['tcp', 'tcp6'].flatMap((name) =>
    readFileSync(`/proc/${pid}/net/${name}`, 'utf8').trim().split('\n').slice(1),
  );
  return new Map(
    lines.map((line) => {
      const [, local = '', remote = '', state = '', , , , , , inode = ''] = line
        .trim()
        .split(/\s+/);
      return [inode, { localPort: portOf(local), remotePort: portOf(remote), state }];
    }),
  );
}

/** Of an address such as `0100007F:1F90`. */
function portOf(address: string): number {
  return Number.parseInt(address.split(':')[1] ?? '', 16);
}
