import { addedRow } from '../rows.mjs';

const CONNECTIONS = 64;
const TARGETS = { 500: { p50: { atMost: 2 }, p99: { atMost: 12 } } };

/** Requests at a fixed rate, whatever becomes of them: what a client waits longer than without a gateway. */
export async function openLoop(bench) {
  const rows = [];
  for (const ratePerSecond of bench.plan.rates) {
    await bench.settleDown();
    const load = { connections: CONNECTIONS, ratePerSecond, durationMs: bench.plan.latencyRunMs };
    const label = `json at ${ratePerSecond}/s`;
    const [gatehouse, direct, passthrough] = await bench.alternate(
      [
        ['gatehouse', label, load],
        ['direct', label, load],
        ['passthrough', label, load],
      ],
      { rounds: bench.plan.sideRounds },
    );
    for (const [name, value] of Object.entries(LATENCIES)) {
      const common = { unit: 'ms', value, other: direct, against: 'direct' };
      const target = TARGETS[ratePerSecond]?.[name];
      rows.push(addedRow(`${ratePerSecond}/s, added ${name}`, { ...common, gatehouse, target }));
      rows.push(addedRow(`… by the passthrough`, { ...common, gatehouse: passthrough }));
    }
  }
  return rows;
}

const LATENCIES = { p50: (result) => result.p50Ms, p99: (result) => result.p99Ms };
