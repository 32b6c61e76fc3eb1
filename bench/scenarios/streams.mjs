import { addedRow, ratioRow } from '../rows.mjs';

const CONNECTIONS = 50;
const CHUNKS = 50;

/** Streams with a chunk every 10 ms, and streams whose chunks come as fast as they are taken. */
export async function streams(bench) {
  await bench.settleDown();
  const load = { stream: true, connections: CONNECTIONS };
  bench.upstream.behave({ chunks: CHUNKS, chunkDelayMs: 10, firstDelayMs: 30 });
  const paced = { ...load, durationMs: bench.plan.latencyRunMs, staggerMs: CHUNKS * 10, rampMs: 300 };
  const [gatehouse, passthrough, direct] = await bench.alternate([
    ['gatehouse', 'streams, paced', paced],
    ['passthrough', 'streams, paced', paced],
    ['direct', 'streams, paced', paced],
  ]);
  bench.upstream.behave({ chunks: 4 * CHUNKS });
  const flooding = { ...load, durationMs: bench.plan.runMs };
  const [flooded, floodedPassthrough] = await bench.alternate([
    ['gatehouse', 'streams, flooding', flooding],
    ['passthrough', 'streams, flooding', flooding],
  ]);
  const cpu = { unit: 'µs', value: (result) => result.cpuUsPerEvent, against: 'passthrough' };
  const chunks = { unit: '1/s', value: (result) => result.eventsPerSecond, against: 'passthrough' };
  return [
    addedRow('Paced streams, added time to first token, p50', {
      ...{ gatehouse, other: direct, against: 'direct', unit: 'ms' },
      ...{ value: (result) => result.firstEventP50Ms, target: { atMost: 1.5 } },
    }),
    ratioRow('Paced streams, CPU a chunk', {
      ...cpu,
      gatehouse,
      other: passthrough,
      target: { atMost: 1.3, aim: 1.2 },
    }),
    ratioRow('Flooding streams, CPU a chunk', { ...cpu, gatehouse: flooded, other: floodedPassthrough }),
    ratioRow('Flooding streams, chunks', { ...chunks, gatehouse: flooded, other: floodedPassthrough }),
  ];
}
