import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Fault } from './fault.js';
import { INVARIANTS } from './judgement.js';
import type { Judgement } from './judgement.js';
import type { MariadbServer } from './mariadb-server.js';

export interface Finding {
  readonly fault: Fault;
  readonly judgement: Judgement;
  readonly verdict: 'holds' | 'BROKEN' | 'not possible here';
  readonly seconds: number;
  readonly seed: number;
}

const REPORT = join(import.meta.dirname, '../../../docs/reliability.md');
const BEGIN = '<!-- begin of what `npm run faults` writes -->';
const END = '<!-- end of what `npm run faults` writes -->';

/** What the figures were measured on. */
export async function describeMachine(server: MariadbServer): Promise<string> {
  const [row] = await server.sql('SELECT VERSION() AS version');
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const machine = `${cpus().length} cores (${cpu?.model ?? 'unknown'}), ${memory}, Linux ${release()}`;
  return `${machine}; Node ${process.version}, MariaDB ${String(row?.['version'])}`;
}

/** Replaces what stands between the markers of docs/reliability.md. */
export async function writeReport(
  machine: string,
  seed: number,
  findings: readonly Finding[],
): Promise<void> {
  const page = readFileSync(REPORT, 'utf8');
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${REPORT} has no markers`);
  const date = new Date().toISOString().slice(0, 10);
  const held = findings.filter(({ verdict }) => verdict === 'holds').length;
  const text = `Run of ${date}, seed ${seed}: ${held} of ${findings.length} hold. ${machine}.

${findings.map(section).join('\n')}`;
  const options = (await resolveConfig(REPORT)) ?? {};
  const whole = `${before}${BEGIN}\n\n${text}\n${END}${after}`;
  writeFileSync(REPORT, await format(whole, { ...options, parser: 'markdown' }));
}

function section({ fault, judgement, verdict, seconds, seed }: Finding): string {
  const invariants = Object.keys(INVARIANTS).filter((id) =>
    [...judgement.checked].some((checked) => checked === id),
  );
  const { recoveryMs, figures, violations } = judgement;
  const recovery =
    recoveryMs === undefined ? [] : [`- Back after ${(recoveryMs / 1000).toFixed(1)} s`];
  return [
    `### ${fault.id} ${fault.title}: ${verdict}`,
    '',
    `- Injected: ${fault.injected}`,
    `- Load: ${fault.load}`,
    `- Checked: ${invariants.join(', ') || 'nothing'}`,
    ...recovery,
    `- ${[...figures].map(([name, value]) => `${name} ${value}`).join('; ') || 'no figures'} (${seconds.toFixed(0)} s, seed ${seed})`,
    ...violations.slice(0, 10).map((violation) => `- ${violation}`),
    '',
  ].join('\n');
}
