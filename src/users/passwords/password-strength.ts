import type { ZxcvbnFactory } from '@zxcvbn-ts/core';

/**
 * What is judged of a password, in code points, and how many spellings like `p4$$w0rd` are tried.
 * zxcvbn runs on the event loop and its work grows with the square of the length: measured on one core,
 * at most 60 ms with these, and 1 s with its own defaults and 128 characters.
 */
const JUDGED_MAX = 64;
const SPELLINGS_MAX = 10;

/** zxcvbn's scale goes from 0 to 4; from 3 on it takes more than 10^8 guesses. */
const SCORE_MIN = 3;

/** Shorter words turn up by accident. */
const WORD_MIN = 3;

/**
 * Whether the password is among those that attackers try first: common ones, words, names, patterns on
 * the keyboard, and the given words, which are what they know of this person and this place.
 */
export async function isEasyToGuess(password: string, words: readonly string[]): Promise<boolean> {
  const zxcvbn = await load();
  const known = [...new Set(words.map((word) => word.toLowerCase()))];
  // By itself zxcvbn takes any three known words in a row for strong. What is left without them must hold, too.
  const lower = password.toLowerCase();
  const left = without(known, lower);
  const judged = left === lower ? [password] : [password, left];
  return judged.some((text) => zxcvbn.check(firstCodePoints(text), known).score < SCORE_MIN);
}

function without(words: readonly string[], text: string): string {
  return words
    .filter((word) => word.length >= WORD_MIN)
    .sort((a, b) => b.length - a.length)
    .reduce((left, word) => left.replaceAll(word, ''), text);
}

function firstCodePoints(text: string): string {
  return Array.from(text).slice(0, JUDGED_MAX).join('');
}

let loading: Promise<ZxcvbnFactory> | undefined;

/** Loaded when first needed and once a process: the dictionaries take 70 MB and a quarter of a second. */
function load(): Promise<ZxcvbnFactory> {
  loading ??= Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ]).then(
    ([{ ZxcvbnFactory }, common, english]) =>
      new ZxcvbnFactory({
        dictionary: { ...common.dictionary, ...english.dictionary },
        graphs: common.adjacencyGraphs,
        l33tMaxSubstitutions: SPELLINGS_MAX,
      }),
  );
  loading.catch(() => (loading = undefined)); // whoever waits for it is told; the next one tries again
  return loading;
}
