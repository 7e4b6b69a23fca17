import { spawn } from 'node:child_process';
import { createServer, connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { startGalera } from './support/galera.js';
import { Scratch } from './support/scratch.js';

/**
 * Runs the suites of `--only=mariadb` against a Galera cluster of three nodes, each connection at the next
 * node: `npm run test:galera -- [pattern]`. What commits on one node conflicts with others at commit (1213),
 * and is read on the next.
 */
const scratch = new Scratch();
try {
  const nodes = await startGalera(scratch);
  let turn = 0;
  const balancer = createServer((client) => {
    const node = nodes[turn++ % nodes.length];
    if (node !== undefined) join(client, connect(node.port, '127.0.0.1'));
  });
  await new Promise<void>((resolve) => balancer.listen(0, '127.0.0.1', resolve));
  const { port } = balancer.address() as AddressInfo; // it listens on TCP
  process.exitCode = await suites(`mariadb://root@127.0.0.1:${port}/`);
  balancer.close();
} finally {
  await scratch.close();
}

function join(client: Socket, server: Socket): void {
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    from.setNoDelay(true);
    from.pipe(to);
    from.once('error', () => to.destroy());
    from.once('close', () => to.destroy());
  }
}

function suites(url: string): Promise<number> {
  const child = spawn(
    process.execPath,
    ['scripts/test.mjs', '--only=mariadb', ...process.argv.slice(2)],
    {
      stdio: 'inherit',
      env: { ...process.env, TEST_DATABASE_URL: url, TEST_DATABASE_CLUSTER: 'on' },
    },
  );
  scratch.keep(child);
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      resolve(code ?? 1);
    });
  });
}
