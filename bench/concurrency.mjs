/**
 * `node bench/concurrency.mjs`: JSON at saturation with WEB_CONCURRENCY 1 and 2 on the same Postgres. Nothing is pinned: with two cores,
 * the second process shares them with load, upstream and Postgres, which says more about the machine than about Gatehouse.
 */
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { readArguments } from './harness/arguments.mjs';
import { BenchRun } from './harness/bench-run.mjs';
import { runCommand } from './harness/cleanup.mjs';
import { short, spread } from './harness/numbers.mjs';
import { speaker } from './harness/speaker.mjs';
import { describeReconciliation, reconcile } from './reconcile.mjs';
import { writeResults } from './report.mjs';

const ORDER = [1, 2, 2, 1];
const CONNECTIONS = 128;
const WARM_UP_MS = 10_000;
const RUN_MS = 6_000;
const CATCH_UP_WITHIN_MS = 60_000;

readArguments('node bench/concurrency.mjs');

await runCommand(async () => {
  const bench = await BenchRun.prepare({ plan: {}, pin: false, say: speaker() });
  const results = new Map(ORDER.map((processes) => [processes, []]));
  for (const [round, processes] of ORDER.entries()) {
    const env = { WEB_CONCURRENCY: String(processes) };
    const { child } = await bench.addGatehouse({ name: `gatehouse-${round}`, env });
    const load = { connections: CONNECTIONS, durationMs: RUN_MS, rampMs: WARM_UP_MS };
    const before = await commits(bench.database);
    const run = await bench.load('gatehouse', `WEB_CONCURRENCY=${processes}`, load);
    child.resume();
    const made = (await commits(bench.database)) - before;
    run.commitsPerRequest = made / (run.perSecond * ((WARM_UP_MS + RUN_MS) / 1000));
    results.get(processes).push(run);
    await bench.database.outboxDrained(CATCH_UP_WITHIN_MS);
    await child.stop();
  }
  const reconciliation = await reconcile(bench);
  for (const [processes, runs] of results) {
    const { median, least, greatest } = spread(runs.map((run) => run.perSecond));
    const cpu = spread(runs.map((run) => run.cpuUsPerRequest));
    const committed = spread(runs.map((run) => run.commitsPerRequest));
    process.stdout.write(
      `WEB_CONCURRENCY=${processes}: ${short(median)} req/s (${short(least)} – ${short(greatest)}), ` +
        `${short(cpu.median)} µs of CPU a request in all processes, about ${short(committed.median)} commits a request\n`,
    );
  }
  process.stdout.write(`${availableParallelism()} cores, nothing pinned.\n${describeReconciliation(reconciliation)}\n`);
  await writeResults('concurrency', bench, { reconciliation });
  if (!reconciliation.same) process.exitCode = 1;
});

/** Transactions so far; the statistics are a moment behind. The fewer a request, the more of them travel together. */
async function commits(database) {
  await sleep(1_200);
  const [{ count }] = await database.query(
    'SELECT xact_commit::int AS count FROM pg_stat_database WHERE datname = current_database()',
  );
  return count;
}
