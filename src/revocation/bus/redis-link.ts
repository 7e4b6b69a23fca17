import type { OpenLink } from './bus-link.js';

/** A TCP connection, and its encryption. */
const CONNECT_WITHIN_MS = 3000;
/** Commands that wait for their answer; never reached, since each is waited for. */
const COMMANDS_MAX = 8;

/**
 * Opens connections to Redis 6 or later. RESP3 lets one connection both publish and receive.
 *
 * Reconnecting is not the client's to do: it would wait for an answer of a server that hangs without end.
 */
export function redisBus(url: string): OpenLink {
  return async (channel, receive, life) => {
    // Only now: who has no Redis does not load its client.
    const { createClient } = await import('redis');
    life.signal.throwIfAborted();
    const client = createClient({
      url,
      RESP: 3,
      disableOfflineQueue: true,
      commandsQueueMaxLength: COMMANDS_MAX,
      disableClientInfo: true,
      // Notices by which a server may send its clients to another address.
      maintNotifications: 'disabled',
      socket: { reconnectStrategy: false, connectTimeout: CONNECT_WITHIN_MS },
    });
    client.on('error', (error: unknown) => {
      life.abort(error);
    });
    life.signal.addEventListener('abort', () => {
      client.destroy();
    });
    client.unref();
    await client.connect();
    await client.subscribe(channel, receive);
    return {
      publish: (message) => client.publish(channel, message),
      ping: () => client.ping(),
    };
  };
}
