/**
 * `npm run bench [-- --quick] [--scenario json] [--production] [--role api]`: what Gatehouse costs beside a bare passthrough, against the
 * targets. docs/performance.md says how to read the table.
 */
import { readArguments } from './harness/arguments.mjs';
import { BenchRun } from './harness/bench-run.mjs';
import { runCommand } from './harness/cleanup.mjs';
import { speaker } from './harness/speaker.mjs';
import { FULL, QUICK } from './plan.mjs';
import { reconcile } from './reconcile.mjs';
import { printTable, writeResults } from './report.mjs';
import { isMet } from './rows.mjs';
import { SCENARIOS } from './scenarios.mjs';

const USAGE =
  'npm run bench -- [--quick] [--scenario name]... [--production] [--role all|api] [--node-arg=argument]...   scenarios: ' +
  SCENARIOS.map(({ name }) => name).join(', ');
const values = readArguments(USAGE, {
  quick: { type: 'boolean', default: false },
  scenario: { type: 'string', multiple: true, default: [] },
  production: { type: 'boolean', default: false },
  role: { type: 'string' },
  'node-arg': { type: 'string', multiple: true, default: [] },
});

await runCommand(async () => {
  const startedAt = Date.now();
  const say = speaker(startedAt);
  const wanted = chooseScenarios();
  const plan = { ...(values.quick ? QUICK : FULL) };
  // Nobody would ever catch up.
  if (values.role === 'api') plan.drainWithinMs = 0;
  const bench = await BenchRun.prepare({ plan, say });
  await startGateways(bench, wanted);
  await warmUp(bench);

  const rows = [];
  for (const { title, run } of wanted) {
    say(title);
    bench.upstream.behave();
    rows.push(...(await run(bench)));
  }
  const reconciliation = await reconcile(bench);
  printTable(bench, rows, reconciliation);
  const seconds = (Date.now() - startedAt) / 1000;
  const file = await writeResults('bench', bench, {
    ...{ options: values, seconds, reconciliation },
    rows: rows.map((row) => ({ ...row, met: isMet(row) })),
  });
  process.stdout.write(`\n${seconds.toFixed(0)} s in all. Every run is in ${file}\n`);
  if (!reconciliation.same) process.exitCode = 1;
});

function chooseScenarios() {
  if (values.scenario.length === 0) return SCENARIOS.filter(({ name }) => !(values.quick && name === 'start'));
  const unknown = values.scenario.find((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown === undefined) return SCENARIOS.filter(({ name }) => values.scenario.includes(name));
  throw new Error(`There is no scenario ${unknown}, only: ${SCENARIOS.map(({ name }) => name).join(', ')}`);
}

async function startGateways(bench, wanted) {
  bench.say('Starting the gateways ...');
  const env = values.role === undefined ? {} : { ROLE: values.role };
  await bench.addGatehouse({ production: values.production, env, nodeArgs: values['node-arg'] });
  await bench.addPassthrough();
  if (!wanted.some(({ peer }) => peer)) return;
  if (values.quick) bench.notice('Portkey is left out of a quick run.');
  else await bench.addPortkey();
}

/** Code that is not compiled yet costs several times as much. */
async function warmUp(bench) {
  const { warmUpMs, streamWarmUpMs } = bench.plan;
  const json = { connections: 32, durationMs: warmUpMs };
  const streams = { stream: true, connections: 32, durationMs: streamWarmUpMs };
  bench.say(`Warming up, ${(warmUpMs + streamWarmUpMs) / 1000} s each ...`);
  bench.measureIdle();
  bench.pauseAll();
  for (const { name } of Object.values(bench.targets).filter(({ child }) => child !== undefined)) {
    bench.upstream.behave();
    await bench.load(name, 'warm-up', json);
    // The peer is asked for whole answers only.
    if (name === 'portkey') continue;
    bench.upstream.behave({ chunks: 20, chunkDelayMs: 5 });
    await bench.load(name, 'warm-up, streams', streams);
  }
  bench.runs.length = 0;
}
