/**
 * What admission and settlement take, unbatched, over a Unix or TCP connection: `DATABASE_URL=… node bench/admission.mjs [--calls 5000]
 * [--lanes 4]`. Run it on an empty, migrated database and on a seeded one (bench/seed-ledger.mjs). Needs a build.
 */
import { call, openAccounts, openPool, spread } from './books.mjs';
import { readArguments, requireEnvironment } from './harness/arguments.mjs';

const usage =
  'DATABASE_URL=... node bench/admission.mjs [--calls 5000] [--lanes 4]   (adds accounts and calls of its own)';
const { calls = 5_000, lanes = 4 } = readArguments(usage, {
  calls: { type: 'string', positive: true },
  lanes: { type: 'string', positive: true },
});
requireEnvironment('DATABASE_URL', 'name a migrated database that may be filled.');
const WARM_UP = 200;

const pool = openPool(lanes);
const accounts = await openAccounts(pool, 200);
const { rows } = await pool.query(`SELECT count(*)::int AS rows FROM ledger`);
const admits = [];
const settles = [];
let started = 0;
await Promise.all(
  Array.from({ length: lanes }, async () => {
    while (started < calls + WARM_UP) {
      const number = started++;
      const { admitMs, settleMs } = await call(pool, accounts[number % accounts.length]);
      if (number < WARM_UP) continue;
      admits.push(admitMs);
      settles.push(settleMs);
    }
  }),
);
process.stdout.write(
  `${rows[0].rows} ledger rows, ${lanes} lanes, ${calls} calls\n  admit   ${spread(admits)}\n  settle  ${spread(settles)}\n`,
);
await pool.end();
