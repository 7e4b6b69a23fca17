import { pino } from 'pino';
import type { DestinationStream } from 'pino';

/** Lines are written together: a write for each would cost a request as much as verifying its token. */
const BATCH_LENGTH = 32 * 1024;
const WRITE_EVERY_MS = 100;
/** Of lines that nobody reads off the pipe; what comes after that is lost, and requests go on. */
const UNREAD_MAX_BYTES = 16 * 1024 * 1024;
/** How long an exit waits for somebody to read what is left. */
const LAST_WRITE_MS = 1000;

/**
 * Standard output for lines of log, at most a tenth of a second late; what is left is written when the
 * process exits. Lines are put together here and not by pino's destination, which measures what it holds
 * anew for each line.
 */
export function standardOutput(): DestinationStream {
  let giveUpAt = Infinity;
  let batch = '';
  const output = pino.destination({
    dest: 1,
    sync: false,
    maxWrite: 2 * BATCH_LENGTH,
    maxLength: UNREAD_MAX_BYTES,
    retryEAGAIN: () => performance.now() < giveUpAt,
  });
  const pass = () => {
    if (batch === '') return;
    output.write(batch);
    batch = '';
  };
  setInterval(pass, WRITE_EVERY_MS).unref();
  // Before pino's own listener, which tries for ever: a process whose pipe nobody reads would never end.
  process.prependOnceListener('exit', () => {
    giveUpAt = performance.now() + LAST_WRITE_MS;
    try {
      pass();
      output.flushSync();
    } catch {
      output.destroy(); // what nobody reads is lost; there is nowhere left to say so
    }
  });
  return {
    write(line) {
      batch += line;
      if (batch.length >= BATCH_LENGTH) pass();
    },
  };
}
