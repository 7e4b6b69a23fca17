import type { Answer } from './sender.js';

/** What an answer says about a token. */
export type Judgement = 'accepted' | 'refused' | 'unclear';

/** Too slow and too often say nothing about the token. */
const SAY_NOTHING = new Set([408, 425, 429]);

/** 2xx takes the token, 4xx refuses it; a redirect, an error of the server or no answer is neither. */
export function judge(answer: Answer): Judgement {
  if ('problem' in answer || SAY_NOTHING.has(answer.status)) return 'unclear';
  if (answer.status >= 200 && answer.status < 300) return 'accepted';
  return answer.status >= 400 && answer.status < 500 ? 'refused' : 'unclear';
}

/** The answer in words. */
export function describe(answer: Answer): string {
  return 'problem' in answer ? `gave no answer (${answer.problem})` : `answered ${answer.status}`;
}
