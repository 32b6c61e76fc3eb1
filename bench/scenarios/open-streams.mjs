import { addedRow } from '../rows.mjs';

const STREAMS = 1_000;
const CHUNK_DELAY_MS = 500;
const ENDLESS = 1_000_000;

/**
 * A thousand streams that are open at once: what the process takes in memory then, over what it took right after its start. What it
 * grew by in the runs before counts as well. All streams are ended by the upstream, so that they are billed in full.
 */
export async function openStreams(bench) {
  const load = {
    ...{ stream: true, connections: STREAMS, requests: STREAMS, openFirst: STREAMS },
    durationMs: bench.plan.openStreamsMs,
    whenMeasured: () => bench.upstream.behave({ chunks: 0 }),
  };
  const rows = [];
  for (const name of ['gatehouse', 'passthrough']) {
    bench.upstream.behave({ chunks: ENDLESS, chunkDelayMs: CHUNK_DELAY_MS });
    const result = await bench.load(name, '1,000 open streams', load);
    if (result.inFlight < STREAMS) bench.notice(`Only ${result.inFlight} streams of ${name} were open at the end.`);
    const idle = { peakRssMb: bench.targets[name].idleMb };
    const common = {
      ...{ against: 'idle', unit: 'MB', value: ({ peakRssMb }) => peakRssMb },
      ...{ gatehouse: [result], other: [idle] },
    };
    if (name === 'gatehouse') rows.push(addedRow('1,000 open streams, memory', { ...common, target: { atMost: 250 } }));
    else rows.push(addedRow('… of the passthrough', common));
  }
  return rows;
}
