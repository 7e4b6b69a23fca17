import { setTimeout as sleep } from 'node:timers/promises';
import { startMockIssuer } from '../mock/mock-issuer.js';
import { liveTokens } from '../probe/live-tokens.js';
import { probeService } from '../probe/probe.js';
import type { ProbeReport } from '../probe/probe.js';
import { tableOf } from '../probe/report.js';
import { send } from '../probe/sender.js';
import type { Target } from '../probe/sender.js';
import { readArguments } from './arguments.js';
import type { LiveRun, MockRun } from './arguments.js';
import { BadUsage } from './option-reader.js';
import { USAGE } from './usage.js';

/** Where a run reads and writes. */
export interface Surroundings {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  /** For people, beside the report. */
  readonly note: (text: string) => void;
}

/** Runs the command. @returns the exit code: 0 all is well, 1 a check failed, 2 nothing could be checked. */
export async function run({ argv, env, out, note }: Surroundings): Promise<number> {
  if (argv.includes('--help')) {
    out(USAGE);
    return 0;
  }
  try {
    const asked = readArguments(argv, env);
    const report = asked.mode === 'mock' ? await withMock(asked, note) : await withSignet(asked);
    out(asked.json ? JSON.stringify(report, null, 2) : tableOf(report));
    return report.ok ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    note(error instanceof BadUsage ? `${error.message}.\n\n${USAGE}` : error.message);
    return 2;
  }
}

async function withMock(
  { issuer: options, port, audience, token, probe, patience }: MockRun,
  note: (text: string) => void,
): Promise<ProbeReport> {
  const issuer = await startMockIssuer({ ...options, audience, port });
  try {
    note(`The mock issuer ${issuer.issuer} is up; its keys are at port ${port}`);
    await waitFor(probe, patience);
    return await probeService({ ...probe, issuer, audience, token });
  } finally {
    await issuer.close();
  }
}

async function withSignet({ probe, live }: LiveRun): Promise<ProbeReport> {
  return probeService({ ...probe, tokens: await liveTokens(live) });
}

/** A service may want the issuer's keys before it starts, so it may start after this one. */
async function waitFor(target: Target, patience: number): Promise<void> {
  const until = performance.now() + patience * 1000;
  while ('problem' in (await send(target)) && performance.now() < until) await sleep(200);
}
