import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { goalRow, measuredRow } from './cells.mjs';
import { describeMachine } from './machine.mjs';
import { summary } from './rounds.mjs';

const PAGE = 'docs/performance.md';
const GOALS_HEAD = [
  '| row | work | goal | measured (spread) | verdict |',
  '| --- | --- | --- | --- | --- |',
];

/**
 * Prints a row's findings and puts them between its markers in docs/performance.md; what stands outside
 * of markers is written by hand.
 *
 * @returns how many of its goals were missed.
 */
export function writeReport(name, { title, text, measured = [], more = '', goals }, options) {
  const lines = [];
  if (measured.length > 0) {
    lines.push('| | us/request | req/s | p99 ms |', '| --- | --- | --- | --- |');
    lines.push(...measured.map((side) => measuredRow(summary(side))));
  }
  const section = [
    `### ${title}`,
    '',
    `${text} ${options.rounds} rounds, ${new Date().toISOString().slice(0, 10)}.`,
    '',
    ...lines,
    ...(more === '' ? [] : ['', more]),
  ].join('\n');
  const rows = goals.map((one) => `| ${name} ${goalRow(one)}`);
  console.log([section, '', ...rows, ''].join('\n'));
  let page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '# Performance\n';
  page = between(page, 'machine', describeMachine());
  page = between(page, 'goals', mergeGoals(page, name, rows, options.order));
  page = between(page, name, section);
  writeFileSync(PAGE, page);
  return goals.filter(({ isMet }) => !isMet).length;
}

/** What was found for other rows before stays, in their order. */
function mergeGoals(page, name, rows, order) {
  const lines = (contentOf(page, 'goals') ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| '));
  const others = lines.slice(GOALS_HEAD.length).filter((line) => {
    const row = nameOf(line);
    return row !== name && order.includes(row);
  });
  const all = [...others, ...rows];
  all.sort((a, b) => order.indexOf(nameOf(a)) - order.indexOf(nameOf(b)));
  return [...GOALS_HEAD, ...all].join('\n');
}

function nameOf(line) {
  return line.split(' ')[1];
}

const START = (name) => `<!-- bench:${name} -->`;
const END = (name) => `<!-- /bench:${name} -->`;

function contentOf(page, name) {
  const [from, to] = [page.indexOf(START(name)), page.indexOf(END(name))];
  return from < 0 || to < 0 ? undefined : page.slice(from + START(name).length, to).trim();
}

function between(page, name, content) {
  const block = `${START(name)}\n\n${content}\n\n${END(name)}`;
  const [from, to] = [page.indexOf(START(name)), page.indexOf(END(name))];
  if (from < 0 || to < 0) return `${page.trimEnd()}\n\n${block}\n`;
  return page.slice(0, from) + block + page.slice(to + END(name).length);
}
