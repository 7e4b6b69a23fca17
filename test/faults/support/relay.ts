import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from './random.js';

/** A TCP relay on the loopback that treats what passes as a bad network does. */
export class Relay {
  /** Of each piece of data, in ms; the order is kept. */
  delay = 0;
  /** The share of answers that are thrown away, together with their connection. */
  lost = 0;
  lostCount = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private target: number,
    private readonly random: Random,
  ) {}

  static async to(port: number, random: Random): Promise<Relay> {
    const server = createServer();
    const relay = new Relay(server, port, random);
    server.on('connection', (client) => {
      relay.join(client, connect({ host: '127.0.0.1', port: relay.target, noDelay: true }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port; // it listens on TCP
  }

  /** Leads to another port from now on, and ends what leads to the old one. */
  switchTo(port: number): void {
    this.target = port;
    this.endAll();
  }

  close(): void {
    this.server.close();
    this.endAll();
  }

  private endAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private join(client: Socket, target: Socket): void {
    const end = () => {
      client.destroy();
      target.destroy();
    };
    for (const socket of [client, target]) {
      this.sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        this.sockets.delete(socket);
        end();
      });
    }
    this.pass(client, target, () => false);
    this.pass(target, client, () => this.loses());
  }

  private pass(from: Socket, to: Socket, isLost: () => boolean): void {
    let before: Promise<unknown> = Promise.resolve();
    from.on('data', (data: Buffer) => {
      if (isLost()) {
        from.destroy();
        return;
      }
      if (this.delay > 0) before = before.then(() => sleep(this.delay));
      before = before.then(() => to.write(data));
    });
  }

  private loses(): boolean {
    const loses = this.random.next() < this.lost;
    if (loses) this.lostCount++;
    return loses;
  }
}
