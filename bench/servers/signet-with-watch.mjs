/**
 * Signet as it is, but that its event loop is watched while it loads what is revoked. For how long it did
 * nothing else at a time is written to the file `WATCH_FILE`, in milliseconds: by the clock, which counts the
 * waiting for a core that others use, and by the CPU time of all threads.
 */
import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { RevocationFeed } from '../../dist/src/revocation/revocation-feed.js';

const load = RevocationFeed.prototype.start;
RevocationFeed.prototype.start = async function () {
  const longest = { millis: 0, cpu: 0 };
  let last = now();
  const look = () => {
    const { millis, cpu } = now();
    longest.millis = Math.max(longest.millis, millis - last.millis);
    longest.cpu = Math.max(longest.cpu, cpu - last.cpu);
    last = { millis, cpu };
  };
  // Between two looks lies this millisecond, and whatever kept the event loop from the second one.
  const timer = setInterval(look, 1);
  await load.call(this);
  clearInterval(timer);
  look();
  writeFileSync(process.env.WATCH_FILE, JSON.stringify(longest));
};

function now() {
  const { user, system } = process.cpuUsage();
  return { millis: performance.now(), cpu: (user + system) / 1000 };
}

await import('../../dist/src/main.js');
