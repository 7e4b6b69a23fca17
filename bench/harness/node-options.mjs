import { readFileSync } from 'node:fs';

/**
 * The options with which `npm start` starts Node, before the file. Whatever is compared gets them, on both
 * sides: what V8 does with its memory is not what is measured.
 */
export function startOptions() {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}
