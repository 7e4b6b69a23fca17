import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../../../scripts/mariadb.mjs';
import { freePort } from '../../support/process.js';
import { NotPossibleHere } from './judgement.js';
import { MariadbServer } from './mariadb-server.js';
import type { Scratch } from './scratch.js';

const PROVIDERS = ['/usr/lib/galera/libgalera_smm.so', '/usr/lib64/galera/libgalera_smm.so'];
const JOIN_WITHIN_MS = 120_000;

/** Ports of one node, on the loopback. */
interface NodePorts {
  readonly group: number;
  readonly incremental: number;
  readonly full: number;
}

/**
 * A Galera cluster of three nodes on the loopback, all of them in.
 *
 * @throws NotPossibleHere without the library or rsync.
 */
export async function startGalera(scratch: Scratch): Promise<readonly MariadbServer[]> {
  const provider = PROVIDERS.find((file) => existsSync(file));
  if (provider === undefined || findProgram('rsync') === undefined)
    throw new NotPossibleHere('Galera is not installed (Debian: galera-4, rsync).');
  const ports: NodePorts[] = [];
  for (let i = 0; i < 3; i++)
    ports.push({ group: await freePort(), incremental: await freePort(), full: await freePort() });
  const cluster = ports.map(({ group }) => `127.0.0.1:${group}`).join(',');
  const nodes: MariadbServer[] = [];
  for (const own of ports) {
    const isFirst = nodes.length === 0;
    const options = optionsOf(own, cluster, provider);
    nodes.push(
      await MariadbServer.create(scratch, {
        options,
        firstStart: isFirst ? ['--wsrep-new-cluster'] : [],
      }),
    );
    await joined(nodes);
  }
  return nodes;
}

function optionsOf({ group, incremental, full }: NodePorts, cluster: string, provider: string) {
  const settings = [
    'base_host=127.0.0.1',
    `base_port=${group}`,
    `gmcast.listen_addr=tcp://127.0.0.1:${group}`,
    `ist.recv_addr=127.0.0.1:${incremental}`,
    'gcache.size=32M',
    'pc.recovery=false',
  ];
  return [
    '--binlog-format=ROW',
    '--innodb-autoinc-lock-mode=2',
    '--wsrep-on=ON',
    `--wsrep-provider=${provider}`,
    `--wsrep-cluster-address=gcomm://${cluster}`,
    `--wsrep-node-address=127.0.0.1:${group}`,
    '--wsrep-sst-method=rsync',
    `--wsrep-sst-receive-address=127.0.0.1:${full}`,
    `--wsrep-provider-options=${settings.join(';')}`,
    // What one node acknowledged, another one answers with.
    '--wsrep-sync-wait=1',
  ];
}

/** Resolves when the last of the nodes is in, with all before it. */
export async function joined(nodes: readonly MariadbServer[]): Promise<void> {
  const last = nodes.at(-1);
  const giveUpAt = performance.now() + JOIN_WITHIN_MS;
  while (performance.now() < giveUpAt) {
    if (last !== undefined && (await sizeSeenBy(last)) === nodes.length) return;
    await sleep(200);
  }
  throw new Error(`The node did not join the cluster of ${nodes.length}`);
}

async function sizeSeenBy(node: MariadbServer): Promise<number> {
  try {
    const rows = await node.sql(
      `SHOW STATUS WHERE Variable_name IN ('wsrep_cluster_size', 'wsrep_local_state_comment')`,
    );
    const values = new Map(rows.map((row) => [row['Variable_name'], row['Value']]));
    return values.get('wsrep_local_state_comment') === 'Synced'
      ? Number(values.get('wsrep_cluster_size'))
      : 0;
  } catch {
    return 0; // it does not answer before it is in
  }
}
