import { ratioRow } from '../rows.mjs';

const SIZES = [
  { name: '300 B', bytes: 300 },
  { name: '64 KB', bytes: 65_536 },
];
/** Each has a request of its own in memory. */
const KEYS = 100;

/** Whole answers to requests that are smaller and larger than the usual 2 KB. */
export async function bodies(bench) {
  const rows = [];
  for (const { name, bytes } of SIZES) {
    const load = { connections: 64, durationMs: bench.plan.runMs, bytes, keys: bench.keys.slice(0, KEYS) };
    const [gatehouse, other] = await bench.alternate(
      [
        ['gatehouse', `json, ${name}`, load],
        ['passthrough', `json, ${name}`, load],
      ],
      { rounds: bench.plan.sideRounds },
    );
    const common = { gatehouse, other, against: 'passthrough' };
    rows.push(ratioRow(`JSON, bodies of ${name}`, { ...common, unit: 'req/s', value: (result) => result.perSecond }));
    rows.push(ratioRow(`… CPU a request`, { ...common, unit: 'µs', value: (result) => result.cpuUsPerRequest }));
  }
  return rows;
}
