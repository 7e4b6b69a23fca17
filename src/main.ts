import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from './app.js';
import type { Settings } from './config/settings.js';
import { settingsOrExit } from './config/settings-or-exit.js';
import { Startup } from './operations/startup.js';
import { createLogger } from './platform/logger.js';
import { SetupService } from './setup/setup.service.js';

/** How often connections are looked through for those that became idle, once nothing new is accepted. */
const IDLE_CHECK_MS = 100;

/**
 * Whoever asks again does not want to wait. Not at once, though: Ctrl-C under `npm start` reaches this
 * process twice, from the terminal and from npm.
 */
const IMPATIENT_AFTER_MS = 1000;

process.umask(0o077); // whatever this process writes is nobody else's to read

const settings = settingsOrExit();
const logger = createLogger(settings.logLevel);
let stopping = false;

process.on('uncaughtException', (error) => {
  die(error, 'Something was thrown and never caught');
});
process.on('unhandledRejection', (reason) => {
  die(reason, 'Something was rejected and never caught');
});

await main();

async function main(): Promise<void> {
  const app = await createApp(settings, { logger }).catch((error: unknown) =>
    die(error, 'Signet cannot be put together'),
  );
  const startup = app.get(Startup);
  shutDownOnSignal(app, startup);
  await app
    .listen(settings.port, settings.host)
    .catch((error: unknown) => dieUnheard(error, settings));
  try {
    await startup.run();
    await app.get(SetupService).announce();
  } catch (error) {
    if (stopping) return; // what was given up for the shutdown is no failure
    die(error, 'Signet cannot start');
  }
  logger.info({ address: await app.getUrl() }, 'Signet is ready');
}

/**
 * SIGTERM: not ready any more, though still answering, for as long as load balancers take to notice;
 * then nothing new, and an end when the last answer is out. SIGINT, from a terminal, skips the wait.
 */
function shutDownOnSignal(app: NestFastifyApplication, startup: Startup): void {
  let askedAt = 0;
  const handle = (signal: NodeJS.Signals) => {
    if (stopping) {
      if (performance.now() - askedAt > IMPATIENT_AFTER_MS) process.exit(1);
      return;
    }
    askedAt = performance.now();
    stopping = true;
    logger.info({ signal }, 'Shutting down');
    startup.beginShutdown();
    shutDown(app, signal === 'SIGTERM' ? settings.shutdownDelay : 0).then(
      () => {
        logger.info('Signet has shut down');
        process.exit(0);
      },
      (error: unknown) => die(error, 'Shutting down failed'),
    );
  };
  process.on('SIGTERM', handle);
  process.on('SIGINT', handle);
}

async function shutDown(app: NestFastifyApplication, delay: number): Promise<void> {
  const server: Server = app.getHttpServer();
  server.prependListener('request', (_request, response) => {
    response.setHeader('Connection', 'close');
  });
  await sleep(delay);
  setTimeout(() => {
    die(undefined, 'Requests are still open after SHUTDOWN_TIMEOUT');
  }, settings.shutdownTimeout).unref();
  // A connection whose last answer left before the signal stays open unless somebody closes it.
  setInterval(() => {
    server.closeIdleConnections();
  }, IDLE_CHECK_MS).unref();
  await app.close();
}

function dieUnheard(error: unknown, { host, port }: Settings): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'EADDRINUSE':
      return die(undefined, `Port ${port} on ${host} is in use by another process`);
    case 'EACCES':
      return die(undefined, `Port ${port} needs rights that this process does not have`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return die(undefined, `${host} is not an address of this machine`);
    default:
      return die(error, `Listening on ${host}, port ${port}, failed`);
  }
}

function die(error: unknown, sentence: string): never {
  logger.fatal(error === undefined ? {} : { err: error }, sentence);
  process.exit(1); // what was logged is written by then
}
