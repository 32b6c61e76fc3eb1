/**
 * `npm run simulate:misuse [-- --honest 5000 --seed 1]`: what the behaviour score does to populations of accounts.
 * In memory, with the very functions that the server runs; prints the table that docs/misuse-behaviour.md quotes.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { BuildError, ensureBuilt } from './build.mjs';
import { upperBound95 } from './simulation/bounds.mjs';
import { POPULATIONS } from './simulation/populations.mjs';
import { Random } from './simulation/random.mjs';

const DAYS = 30;
/** Some time on a Monday: days of the simulation are days of the calendar. */
const BEGIN_MS = Date.UTC(2026, 0, 5);

const { values } = parseArgs({
  options: { honest: { type: 'string', default: '5000' }, seed: { type: 'string', default: '1' } },
});
const honestAccounts = Number(values.honest);
/** Those that send most prompts are fewer. */
const SHARES = { honest: 1, edgy: 1, fastAttacker: 5, turned: 5, slowAttacker: 10 };
const OTHER_SHARE = 25;
const seed = Number(values.seed);
if (!Number.isInteger(honestAccounts) || honestAccounts < 1 || !Number.isInteger(seed)) {
  process.stderr.write('--honest must be a whole number from 1 up, --seed a whole number\n');
  process.exit(1);
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
try {
  await ensureBuilt(root, { log: (message) => process.stderr.write(`${message}\n`) });
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
const behaviour = join(root, 'dist', 'src', 'modules', 'misuse', 'behaviour');
const load = (name) => import(pathToFileURL(join(behaviour, `${name}.js`)).href);
const [{ fold }, { INITIAL_STATE }, { weightOf }] = await Promise.all(
  ['fold', 'behaviour-state', 'calibration'].map(load),
);

/** Lives one account's life; it ends with a block. */
function live(prompts) {
  const life = { prompts: 0, attacks: 0, reached: new Map() };
  let state = INITIAL_STATE;
  for (const { isAttack, ...facts } of prompts) {
    life.prompts += 1;
    if (isAttack) life.attacks += 1;
    const event = {
      kind: 'prompt',
      excluded: false,
      ...facts,
      at: BEGIN_MS + facts.at,
      weight: weightOf(facts.score),
    };
    const { state: next, transitions } = fold(state, [event]);
    state = next;
    for (const { to, signal } of transitions) {
      if (signal !== 'decay' && !life.reached.has(to)) life.reached.set(to, life.attacks);
    }
    if (life.reached.has('block')) break;
  }
  return life;
}

function simulate(name, accounts) {
  const lives = Array.from({ length: accounts }, (_, index) =>
    live(POPULATIONS[name](new Random(seed * 1_000_003 + index * 7_919 + name.length * 104_729), DAYS)),
  );
  const reached = (level, within = Number.MAX_SAFE_INTEGER) =>
    lives.filter((life) => (life.reached.get(level) ?? Infinity) <= within).length;
  const median = (level) => {
    const counts = lives.map((life) => life.reached.get(level) ?? Infinity).sort((a, b) => a - b);
    return counts[Math.floor(counts.length / 2)];
  };
  return { name, accounts, prompts: lives.reduce((sum, life) => sum + life.prompts, 0), reached, median };
}

const percent = (part) => `${(100 * part).toFixed(2)} %`;
const results = new Map(
  Object.keys(POPULATIONS).map((name) => [
    name,
    simulate(name, Math.ceil(honestAccounts / (SHARES[name] ?? OTHER_SHARE))),
  ]),
);

const rows = [['population', 'accounts', 'prompts', 'warned', 'throttled', 'blocked', 'blocked, 95 % bound']];
for (const { name, accounts, prompts, reached } of results.values()) {
  const blocked = reached('block');
  rows.push([
    name,
    String(accounts),
    String(prompts),
    ...['warn', 'throttle', 'block'].map((level) => percent(reached(level) / accounts)),
    `<= ${percent(upperBound95(blocked, accounts))}`,
  ]);
}
const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |\n`;
process.stdout.write(
  `Seed ${seed}, ${DAYS} days.\n\n${line(rows[0])}${line(widths.map((width) => '-'.repeat(width)))}`,
);
for (const row of rows.slice(1)) process.stdout.write(line(row));

const get = (name) => results.get(name);
const part = (name, level, within) => get(name).reached(level, within) / get(name).accounts;
const bound = (name) => upperBound95(get(name).reached('block'), get(name).accounts);
const atLeast = (value, least) => [value, value >= least];
const atMost = (value, most) => [value, value <= most];
const checks = [
  ['honest accounts blocked, 95 % bound, at most 0.1 %', ...atMost(bound('honest'), 0.001)],
  ['bursty accounts blocked, none', ...atMost(part('bursty', 'block'), 0)],
  ['edgy accounts blocked, 95 % bound, at most 0.5 %', ...atMost(bound('edgy'), 0.005)],
  ['repeating apps blocked, none', ...atMost(part('repeatingApp', 'block'), 0)],
  ['fast attackers throttled within 20 attacks, at least 99 %', ...atLeast(part('fastAttacker', 'throttle', 20), 0.99)],
  ['fast attackers blocked within 40 attacks, at least 99 %', ...atLeast(part('fastAttacker', 'block', 40), 0.99)],
  ['turned accounts blocked within 80 attacks, at least 85 %', ...atLeast(part('turned', 'block', 80), 0.85)],
  ['key sharing warned, at least 80 %', ...atLeast(part('keySharing', 'warn'), 0.8)],
  ['key sharing blocked, none', ...atMost(part('keySharing', 'block'), 0)],
];
process.stdout.write('\n');
for (const [what, value, holds] of checks)
  process.stdout.write(`${holds ? 'ok  ' : 'FAIL'} ${what}: ${percent(value)}\n`);
for (const name of ['fastAttacker', 'turned', 'slowAttacker']) {
  const { median } = get(name);
  process.stdout.write(
    `     ${name}, attacks at the median: warn ${median('warn')}, throttle ${median('throttle')}, block ${median('block')}\n`,
  );
}
if (checks.some(([, , holds]) => !holds)) process.exitCode = 1;
