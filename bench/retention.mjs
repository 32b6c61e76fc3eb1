/**
 * What a retention run takes, and how long calls wait for it: `DATABASE_URL=… node bench/retention.mjs --before YYYY-MM`. Drops those
 * months for good. Calls go on meanwhile; the locks of the ledger are looked at every other millisecond. Needs a build.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createDataSource } from '../dist/src/database/data-source.js';
import { retireMonths } from '../dist/src/modules/usage/retention/retire-months.js';
import { call, openAccounts, openPool, spread } from './books.mjs';
import { readArguments, requireEnvironment } from './harness/arguments.mjs';

const USAGE =
  'DATABASE_URL=... node bench/retention.mjs --before 2026-03   (drops the months before, and adds calls of its own)';
const values = readArguments(USAGE, { before: { type: 'string' } });
requireEnvironment('DATABASE_URL', 'name a seeded database whose old months may go.');
if (!/^\d{4}-(?:0[1-9]|1[0-2])$/.test(values.before ?? '')) {
  process.stderr.write(`--before names a month, as in 2026-03\n${USAGE}\n`);
  process.exit(2);
}
const LANES = 2;
const CALM_MS = 5_000;

const pool = openPool(LANES + 1);
const accounts = await openAccounts(pool, 50);
const times = { calm: [], retiring: [] };
let phase = 'calm';
let over = false;
const load = Promise.all(
  Array.from({ length: LANES }, async (_, lane) => {
    for (let number = lane; !over; number += LANES) {
      const { admitMs, settleMs } = await call(pool, accounts[number % accounts.length]);
      times[phase].push(admitMs + settleMs);
    }
  }),
);
let lockedMs = 0;
const watch = (async () => {
  for (let last = performance.now(); !over;) {
    const { rows } = await pool.query(
      `SELECT count(*)::int AS held FROM pg_locks WHERE relation = 'ledger'::regclass AND mode = 'AccessExclusiveLock' AND granted`,
    );
    const now = performance.now();
    if (rows[0].held > 0) lockedMs += now - last;
    last = now;
    await sleep(2);
  }
})();
await sleep(CALM_MS);
phase = 'retiring';
const dataSource = await createDataSource(process.env.DATABASE_URL).initialize();
const started = performance.now();
const retired = await retireMonths(dataSource, new Date(`${values.before}-01T00:00:00Z`));
const tookMs = performance.now() - started;
over = true;
await Promise.all([load, watch]);
await dataSource.destroy();
await pool.end();
process.stdout.write(
  `${retired.calls} calls retired in ${(tookMs / 1000).toFixed(1)} s; the ledger was locked for about ${lockedMs.toFixed(0)} ms\n` +
    `  a call before   ${spread(times.calm)}\n  a call meanwhile ${spread(times.retiring)}\n`,
);
