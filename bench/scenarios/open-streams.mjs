import { setTimeout as sleep } from 'node:timers/promises';
import { rssMb } from '../harness/proc.mjs';
import { valueRow } from '../rows.mjs';

const STREAMS = 1_000;
const CHUNK_DELAY_MS = 500;
const OPENING_MS = 1_500;

/** A thousand streams that are open at once: what they take in memory. All of them run to their end. */
export async function openStreams(bench) {
  const { openStreamsMs } = bench.plan;
  bench.upstream.behave({
    chunks: Math.ceil((OPENING_MS + openStreamsMs) / CHUNK_DELAY_MS) + 4,
    chunkDelayMs: CHUNK_DELAY_MS,
  });
  const rows = [];
  for (const name of ['gatehouse', 'passthrough']) {
    const { child } = bench.targets[name];
    child.resume();
    await sleep(500);
    const idle = rssMb(child.pid);
    const { peakRssMb } = await bench.load(name, '1,000 open streams', {
      ...{ stream: true, connections: STREAMS, requests: STREAMS, durationMs: openStreamsMs, rampMs: OPENING_MS },
    });
    const target = name === 'gatehouse' ? { atMost: 250 } : undefined;
    const what = name === 'gatehouse' ? '1,000 open streams, memory over idle' : '… of the passthrough';
    rows.push(valueRow(what, { values: [peakRssMb - idle], unit: 'MB', target }));
  }
  return rows;
}
