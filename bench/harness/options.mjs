/**
 * Reads the command line.
 *
 * @param {string[]} given
 * @param {string[]} rows those that there are
 */
export function readOptions(given, rows) {
  const options = { only: rows, order: rows, rounds: 5, seconds: 3, gate: false };
  for (const argument of given) {
    const [name, value = ''] = argument.split('=');
    switch (name) {
      case '--only':
        options.only = value.split(',');
        break;
      case '--rounds':
      case '--seconds':
        options[name.slice(2)] = atLeastOne(name, value);
        break;
      case '--gate':
        options.gate = true;
        break;
      default:
        stop(
          `There is no option "${argument}"; there are --only=, --rounds=, --seconds= and --gate.`,
        );
    }
  }
  const unknown = options.only.filter((row) => !rows.includes(row));
  if (unknown.length > 0)
    stop(`There is no row "${unknown.join(', ')}"; there are ${rows.join(', ')}.`);
  return options;
}

function atLeastOne(name, value) {
  if (!/^[1-9]\d*$/.test(value)) stop(`${name} takes a whole number from 1.`);
  return Number(value);
}

function stop(sentence) {
  console.error(sentence);
  process.exit(2);
}
