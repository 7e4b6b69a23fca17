import { randomInt } from 'node:crypto';

export interface Arguments {
  readonly quick: boolean;
  readonly only: readonly string[] | undefined;
  readonly seed: number;
  readonly repeat: number;
}

/** Ends the process with 2 and a sentence when an argument is none. */
export function readArguments(given: readonly string[], known: readonly string[]): Arguments {
  const options = new Map(
    given.map((argument) => {
      const [name = '', value = ''] = argument.split('=');
      return [name, value] as const;
    }),
  );
  for (const name of options.keys()) {
    if (!['--quick', '--only', '--seed', '--repeat'].includes(name))
      complain(`There is no option ${name}.`);
  }
  const only = options.get('--only')?.split(',');
  for (const id of only ?? []) {
    if (!known.includes(id)) complain(`There is no fault ${id}; there are ${known.join(', ')}.`);
  }
  return {
    quick: options.has('--quick'),
    only,
    seed: whole(options.get('--seed')) ?? randomInt(1_000_000),
    repeat: whole(options.get('--repeat')) ?? 1,
  };
}

function whole(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) complain(`"${text}" is not a whole number.`);
  return Number(text);
}

function complain(sentence: string): never {
  console.error(sentence);
  process.exit(2);
}
