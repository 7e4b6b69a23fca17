import type { ProblemKind } from '../../platform/http/problem.js';

/** The problems as a Markdown table, one row a code. */
export function errorsPage(kinds: readonly ProblemKind[]): string {
  const rows = kinds.map(({ code, status, title }) => `| \`${code}\` | ${status} | ${title} |`);
  return ['| code | status | meaning |', '| --- | --- | --- |', ...rows, ''].join('\n');
}
