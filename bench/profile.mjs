/**
 * Where Signet's time went: `BENCH_PROFILE=FOLDER npm run bench -- --only=guarded`, then
 * `node bench/profile.mjs FOLDER`. Prints, for each profile of a busy process, the share of each layer
 * and the functions with the most time of their own.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The first one that matches names the layer. */
const LAYERS = [
  [/node_modules\/((?:@[^/]+\/)?[^/]+)\//, (match) => match[1]],
  [/dist\/src\/([^/]+(?:\/[^/]+)?)\//, (match) => `signet ${match[1]}`],
  [/dist\/src\//, () => 'signet'],
  [/^node:(?:internal\/)?crypto/, () => 'node crypto'],
  [/^node:.*(?:http|_http)/, () => 'node http'],
  [/^node:.*(?:net|stream|tty)/, () => 'node net and streams'],
  [/^node:.*fs/, () => 'node fs'],
  [/^node:.*(?:async_hooks|process\/task_queues|promise)/, () => 'node async'],
  [/^node:/, () => 'node, other'],
  [/^$/, () => 'V8 and native'],
];
const BUSY_MS = 1000;
/** What it took to start is not of interest here. */
const SKIPPED_MS = Number(process.env.SKIP ?? 8000);
const SHOWN = Number(process.argv[3] ?? 30);

const names = new Map();

const folder = process.argv[2];
for (const file of readdirSync(folder).sort()) {
  const profile = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const own = ownTimes(profile);
  const busy =
    [...own.values()].reduce((sum, { micros }) => sum + micros, 0) - timeOf(own, '(idle)');
  if (busy / 1000 < BUSY_MS) continue;
  console.log(`\n${file}: ${Math.round(busy / 1000)} ms busy`);
  print(
    group(own, ({ layer }) => layer),
    busy,
    25,
  );
  console.log('  functions:');
  print(
    group(own, ({ label }) => label),
    busy,
    SHOWN,
  );
}

function ownTimes({ nodes, samples, timeDeltas }) {
  const times = new Map(nodes.map((node) => [node.id, { ...describe(node.callFrame), micros: 0 }]));
  let at = 0;
  for (const [i, id] of samples.entries()) {
    at += timeDeltas[i];
    if (at > SKIPPED_MS * 1000) times.get(id).micros += timeDeltas[i];
  }
  return times;
}

function describe(frame) {
  const { functionName, lineNumber } = frame;
  const url = sourceOf(frame);
  const [pattern, nameOf] = LAYERS.find(([candidate]) => candidate.test(url)) ?? [/.*/, () => url];
  const place = url.replace(/^.*node_modules\//, '').replace(/^.*dist\/src\//, 'signet/');
  const name = functionName === '' ? '(anonymous)' : functionName;
  return {
    layer: url === '' && functionName.startsWith('(') ? functionName : nameOf(pattern.exec(url)),
    label: url === '' ? name : `${name} ${place}:${lineNumber + 1}`,
  };
}

/** The file that a function is from. In the bundle a comment names each, above what is from it. */
function sourceOf({ url, lineNumber }) {
  if (!/\/build\/(?:signet|bench)\//.test(url)) return url;
  const above = namesIn(url).findLast(({ line }) => line <= lineNumber);
  return above === undefined ? url : above.name;
}

function namesIn(url) {
  if (!names.has(url)) {
    const lines = readFileSync(new URL(url), 'utf8').split('\n');
    const found = lines.map((text, line) => ({ line, name: /^\/\/ (\S+\/\S+)$/.exec(text)?.[1] }));
    names.set(
      url,
      found.filter(({ name }) => name !== undefined),
    );
  }
  return names.get(url);
}

function timeOf(own, label) {
  return [...own.values()]
    .filter((one) => one.label === label)
    .reduce((sum, { micros }) => sum + micros, 0);
}

function group(own, keyOf) {
  const sums = new Map();
  for (const one of own.values()) sums.set(keyOf(one), (sums.get(keyOf(one)) ?? 0) + one.micros);
  sums.delete('(idle)');
  return [...sums].sort(([, a], [, b]) => b - a);
}

function print(rows, busy, count) {
  for (const [name, micros] of rows.slice(0, count)) {
    console.log(`  ${((micros / busy) * 100).toFixed(1).padStart(5)} %  ${name}`);
  }
}
