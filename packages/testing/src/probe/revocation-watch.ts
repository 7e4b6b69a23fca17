import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckContext, Finding } from './check.js';
import { describe, judge } from './judge.js';
import { send } from './sender.js';
import { CannotTell } from './token-source.js';

/** Seconds between two looks. */
const INTERVAL = 0.1;

/**
 * Revokes a token that the service takes, and looks until it is refused or the bound is over. A request
 * that begins at the end of the bound still has to be refused, and none later is waited for.
 */
export async function watchRevocation({
  target,
  tokens,
  revocationBound: bound,
}: CheckContext): Promise<Finding> {
  if (bound === undefined) throw new CannotTell('no bound for revocations was stated');
  const token = await tokens.good();
  const carried = { authorization: [`Bearer ${token}`] };
  const before = await send(target, carried);
  if (judge(before) !== 'accepted')
    return { passed: false, detail: `${describe(before)} to a good token, before its revocation` };
  await tokens.revoke(token);
  const began = performance.now();
  for (;;) {
    const elapsed = (performance.now() - began) / 1000;
    const answer = await send(target, carried);
    const when = `${elapsed.toFixed(1)} s after its revocation`;
    const judgement = judge(answer);
    const finding = { detail: `${describe(answer)} to the token ${when}` };
    if (judgement === 'refused') return { passed: true, ...finding };
    if (judgement === 'unclear' || elapsed >= bound) return { passed: false, ...finding };
    await sleep(Math.min(INTERVAL, bound - elapsed) * 1000);
  }
}
