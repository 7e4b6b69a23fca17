/**
 * Breaks what Signet stands on, on purpose, and looks whether its promises hold: `npm run faults`.
 *
 *   npm run faults                          every fault; writes docs/reliability.md
 *   npm run faults -- --quick               the quick ones, with shorter outages, as `npm test` does
 *   npm run faults -- --only=F-04,F-05      some
 *   npm run faults -- --seed=7              the choices of that run again
 *   npm run faults -- --repeat=5            each fault so many times, with the seeds that follow
 *
 * Ends with 1 when an invariant is broken, or when a fault is not possible on this machine.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FAULTS } from './cases/index.js';
import { readArguments } from './support/arguments.js';
import type { Fault } from './support/fault.js';
import { Judgement, NotPossibleHere } from './support/judgement.js';
import { MariadbServer } from './support/mariadb-server.js';
import { Random } from './support/random.js';
import { describeMachine, writeReport } from './support/report.js';
import type { Finding } from './support/report.js';
import { Scratch } from './support/scratch.js';
import type { Stages } from './support/world.js';

const HISTORIES = '.test-results/faults';

const { quick, only, seed, repeat } = readArguments(
  process.argv.slice(2),
  FAULTS.map(({ id }) => id),
);
const chosen = FAULTS.filter(({ id, isQuick }) => only?.includes(id) ?? (!quick || isQuick));
console.log(`seed ${seed}`);
rmSync(HISTORIES, { recursive: true, force: true });
mkdirSync(HISTORIES, { recursive: true });
const scratch = new Scratch();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(130)); // what we started ends with us
}
const stages: Stages = new Map();
const findings: Finding[] = [];
try {
  const server = await MariadbServer.create(scratch);
  for (const fault of chosen) {
    for (let i = 0; i < repeat; i++) findings.push(await examine(fault, server, seed + i));
  }
  if (!quick && only === undefined)
    await writeReport(await describeMachine(server), seed, findings);
  await server.stop();
} finally {
  await scratch.close();
}
const broken = findings.filter(({ verdict }) => verdict !== 'holds').length;
console.log(`${findings.length - broken} passed, ${broken} failed (seed ${seed})`);
process.exit(broken > 0 ? 1 : 0);

async function examine(fault: Fault, server: MariadbServer, ownSeed: number): Promise<Finding> {
  const judgement = new Judgement();
  const began = performance.now();
  let error: unknown;
  try {
    const historyFile = join(HISTORIES, `${fault.id}-${ownSeed}.jsonl`);
    const random = new Random(ownSeed);
    await fault.run({ scratch, stages, server, judgement, random, historyFile }, quick);
  } catch (thrown) {
    error = thrown;
  }
  const verdict =
    error instanceof NotPossibleHere
      ? 'not possible here'
      : error !== undefined || judgement.violations.length > 0
        ? 'BROKEN'
        : 'holds';
  const seconds = (performance.now() - began) / 1000;
  const finding = { fault, judgement, verdict, seconds, seed: ownSeed } as const;
  print(finding, error);
  return finding;
}

function print({ fault, judgement, verdict, seconds }: Finding, error: unknown): void {
  const recovery =
    judgement.recoveryMs === undefined ? '' : `, back after ${Math.round(judgement.recoveryMs)} ms`;
  console.log(
    `${verdict === 'holds' ? 'ok    ' : 'FAILED'} ${fault.id} ${fault.title}: ${verdict} (${seconds.toFixed(1)} s${recovery})`,
  );
  console.log(
    `       ${[...judgement.figures].map(([name, value]) => `${name} ${value}`).join('; ')}`,
  );
  for (const violation of judgement.violations.slice(0, 20)) console.log(`       ${violation}`);
  const more = judgement.violations.length - 20;
  if (more > 0) console.log(`       and ${more} more`);
  if (error !== undefined)
    console.log(error instanceof Error ? (error.stack ?? error.message) : error);
}
