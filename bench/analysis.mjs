/**
 * `node bench/analysis.mjs [--rows 20000]`: how many settled calls a second one worker analyses on a core of its own, with Bull and
 * without Redis. The outbox is filled by real calls to a server that analyses nothing (ROLE=api).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { readArguments } from './harness/arguments.mjs';
import { BenchRun } from './harness/bench-run.mjs';
import { runCommand } from './harness/cleanup.mjs';
import { short } from './harness/numbers.mjs';
import { cpuUs } from './harness/proc.mjs';
import { speaker } from './harness/speaker.mjs';
import { Load } from './load/load.mjs';
import { requestsTo } from './load/requests.mjs';
import { writeResults } from './report.mjs';

const POLL_MS = 50;
const CONNECTIONS = 64;

const { rows = 20_000 } = readArguments('node bench/analysis.mjs [--rows 20000]', {
  rows: { type: 'string', positive: true },
});

await runCommand(async () => {
  const bench = await BenchRun.prepare({ plan: {}, say: speaker() });
  const { redisUrl } = bench.database;
  const ways = [{ name: 'in-process', redisUrl: undefined }];
  if (redisUrl === undefined) bench.notice('There is no Redis on this machine, so Bull is left out.');
  else ways.push({ name: 'through Bull', redisUrl });
  const results = [];
  for (const [round, way] of ways.entries()) {
    bench.database.redisUrl = way.redisUrl;
    await fillOutbox(bench, `filler-${round}`);
    results.push({ way: way.name, ...(await drain(bench, `worker-${round}`)) });
  }
  for (const { way, analysed, seconds, cpuUsPerRow } of results) {
    const rate = `${short(analysed / seconds)} calls/s over ${short(analysed)} calls`;
    process.stdout.write(`Analysis ${way}: ${rate}, ${short(cpuUsPerRow)} µs of the worker's CPU each\n`);
  }
  await writeResults('analysis', bench, { results });
});

async function fillOutbox(bench, name) {
  const gatehouse = await bench.addGatehouse({ name, env: { ROLE: 'api' } });
  bench.say(`Making ${rows} calls ...`);
  const next = requestsTo(gatehouse, { keys: bench.keys });
  const load = new Load({ port: gatehouse.port, next, connections: CONNECTIONS, requests: rows });
  await load.start();
  while (load.counts.answered < rows) await sleep(POLL_MS);
  await load.finish();
  await gatehouse.child.stop();
}

/** From the moment the worker is up; what it has done until then does not count. */
async function drain(bench, name) {
  const { child } = await bench.addGatehouse({ name, env: { ROLE: 'worker' } });
  const before = { left: await bench.database.count('outbox'), cpu: cpuUs(child.pid), at: performance.now() };
  bench.say(`Analysing ${before.left} calls ...`);
  while ((await bench.database.count('outbox')) > 0) {
    if (!child.running) throw new Error(`The worker ended:\n${child.output().slice(-2_000)}`);
    await sleep(POLL_MS);
  }
  const seconds = (performance.now() - before.at) / 1000;
  const cpu = cpuUs(child.pid) - before.cpu;
  await child.stop();
  return { analysed: before.left, seconds, cpuUsPerRow: cpu / before.left };
}
