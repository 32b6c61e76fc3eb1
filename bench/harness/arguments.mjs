import { parseArgs } from 'node:util';

/**
 * The options of a command, checked before anything is started. `--help` prints the usage and ends; whatever is not understood is
 * told with the usage, exit code 2.
 * @param {string} usage one line
 * @param {Record<string, object>} options as `parseArgs` takes them; `positive: true` makes a string a number above 0
 */
export function readArguments(usage, options = {}) {
  const known = Object.entries(options).map(([name, { positive: _positive, ...option }]) => [name, option]);
  let values;
  try {
    ({ values } = parseArgs({ options: { ...Object.fromEntries(known), help: { type: 'boolean' } } }));
  } catch (error) {
    leave(2, `${error.message}\n${usage}`);
  }
  if (values.help) leave(0, usage);
  for (const [name, { positive }] of Object.entries(options)) {
    if (!positive || values[name] === undefined) continue;
    const number = Number(values[name]);
    if (!(number > 0 && Number.isFinite(number)))
      leave(2, `--${name} is a number above 0, not ${values[name]}\n${usage}`);
    values[name] = number;
  }
  return values;
}

/** What a command needs of its environment. */
export function requireEnvironment(name, what) {
  if (!process.env[name]) leave(2, `${name} is not set: ${what}`);
}

function leave(code, text) {
  (code === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  process.exit(code);
}
