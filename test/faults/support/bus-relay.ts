import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Random } from './random.js';

/** How Redis tells of a message to whoever asked for it by RESP3. */
const MESSAGE = /^>3\r\n\$7\r\nmessage\r\n\$\d+\r\n[^\r]*\r\n\$\d+\r\n[^\r]*\r\n/;
const MARK = '>3\r\n$7\r\nmessage';

/** A relay in front of Redis that loses, doubles and delays messages, and lets all else pass. */
export class BusRelay {
  readonly counts = { passed: 0, lost: 0, doubled: 0, delayed: 0 };
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly random: Random,
  ) {}

  static async to(port: number, random: Random): Promise<BusRelay> {
    const server = createServer();
    const relay = new BusRelay(server, random);
    server.on('connection', (client) => {
      relay.join(client, connect({ host: '127.0.0.1', port, noDelay: true }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port; // it listens on TCP
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private join(client: Socket, redis: Socket): void {
    for (const socket of [client, redis]) {
      this.sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.sockets.delete(socket);
        client.destroy();
        redis.destroy();
      });
    }
    client.pipe(redis, { end: false });
    let rest = '';
    redis.setEncoding('latin1').on('data', (data) => {
      rest = this.treat(rest + String(data), client);
    });
  }

  /** @returns what is the beginning of a message. */
  private treat(data: string, client: Socket): string {
    const at = data.indexOf(MARK);
    if (at < 0) {
      client.write(data, 'latin1');
      return '';
    }
    if (at > 0) client.write(data.slice(0, at), 'latin1');
    const [message] = MESSAGE.exec(data.slice(at)) ?? [];
    if (message === undefined) return data.slice(at);
    this.deliver(message, client);
    const rest = data.slice(at + message.length);
    return rest === '' ? '' : this.treat(rest, client);
  }

  private deliver(message: string, client: Socket): void {
    const choice = this.random.next();
    if (choice < 0.3) {
      this.counts.lost++;
    } else if (choice < 0.5) {
      this.counts.doubled++;
      client.write(message + message, 'latin1');
    } else if (choice < 0.7) {
      this.counts.delayed++; // and so overtaken by later ones
      setTimeout(() => client.write(message, 'latin1'), this.random.between(50, 1500));
    } else {
      this.counts.passed++;
      client.write(message, 'latin1');
    }
  }
}
