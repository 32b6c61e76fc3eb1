/**
 * `npm run soak -- [--minutes 15] [--rate 800] [--production]`: a mixed load at 60 % of what the server can take, with clients that hang
 * up and an upstream that fails, while memory, holds, outbox, connections and the event loop are watched.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readArguments } from './harness/arguments.mjs';
import { BenchRun } from './harness/bench-run.mjs';
import { runCommand } from './harness/cleanup.mjs';
import { speaker } from './harness/speaker.mjs';
import { Load } from './load/load.mjs';
import { mixedRequestsTo } from './load/mixed-requests.mjs';
import { LEAVER } from './load/requests.mjs';
import { reconcile } from './reconcile.mjs';
import { writeResults } from './report.mjs';
import { SoakWatch } from './soak/soak-watch.mjs';
import { judge, printVerdicts } from './soak/verdicts.mjs';

const SHARE_OF_SATURATION = 0.6;
const SATURATING_CONNECTIONS = 256;
const CONNECTIONS = 512;
const LEAVERS = 50;
const WARM_UP_MS = 12_000;
const SATURATION_MS = 8_000;
const SAMPLE_MS = 5_000;
const CATCH_UP_WITHIN_MS = 60_000;
const MIX = { chunks: 20, chunkDelayMs: 10, failEvery: 50, breakEvery: 40 };

const values = readArguments('npm run soak -- [--minutes 15] [--rate requests a second] [--production]', {
  minutes: { type: 'string', default: '15', positive: true },
  rate: { type: 'string', positive: true },
  production: { type: 'boolean', default: false },
});

await runCommand(async () => {
  const say = speaker();
  const bench = await BenchRun.prepare({ plan: {}, say });
  const probeFile = join(bench.workDir, 'event-loop.jsonl');
  const gatehouse = await bench.addGatehouse({
    production: values.production,
    nodeArgs: ['--import', join(import.meta.dirname, 'harness', 'event-loop-probe.mjs')],
    env: { BENCH_PROBE_FILE: probeFile },
  });
  bench.upstream.behave(MIX);
  const leavers = await bench.database.openAccounts({ name: LEAVER, count: LEAVERS });
  const next = mixedRequestsTo(gatehouse, { keys: bench.keys, leavers });
  const ratePerSecond = values.rate === undefined ? await findRate(bench, next) : values.rate;
  say(`${Math.round(ratePerSecond)} requests a second for ${values.minutes} minutes ...`);

  const watch = new SoakWatch(bench, probeFile);
  const load = new Load({ port: gatehouse.port, next, connections: CONNECTIONS, ratePerSecond });
  gatehouse.child.signal('SIGUSR2');
  await load.start();
  const until = Date.now() + Number(values.minutes) * 60_000;
  while (Date.now() < until) {
    await sleep(Math.min(SAMPLE_MS, until - Date.now()));
    say(await watch.sample(load));
  }
  await load.finish();
  const lastOutbox = await bench.database.outboxDrained(CATCH_UP_WITHIN_MS);
  const reconciliation = await reconcile(bench);
  const verdicts = judge({ samples: watch.samples, reconciliation, lastOutbox });
  printVerdicts({ verdicts, samples: watch.samples, reconciliation, ratePerSecond });
  const results = { options: values, ratePerSecond, verdicts, reconciliation, samples: watch.samples };
  process.stdout.write(`Every sample is in ${await writeResults('soak', bench, results)}\n`);
  if (verdicts.some(({ kept }) => !kept)) process.exitCode = 1;
});

/** Saturates the server for a while, and lets it catch up again. */
async function findRate(bench, next) {
  bench.say('Warming up, and finding out what it can take ...');
  const load = new Load({ port: bench.targets.gatehouse.port, next, connections: SATURATING_CONNECTIONS });
  await load.start();
  await sleep(WARM_UP_MS);
  load.takeCounts();
  await sleep(SATURATION_MS);
  const { answered, hungUp } = load.takeCounts();
  await load.finish();
  const perSecond = (answered + hungUp) / (SATURATION_MS / 1000);
  bench.say(`Saturated at ${Math.round(perSecond)} requests a second. Waiting for the analysis ...`);
  const left = await bench.database.outboxDrained(2 * CATCH_UP_WITHIN_MS);
  if (left > 0) bench.notice(`The soak began with ${left} calls that were not analysed yet.`);
  return perSecond * SHARE_OF_SATURATION;
}
