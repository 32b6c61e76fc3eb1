import { ratioRow } from '../rows.mjs';

const CONNECTIONS = 64;

/** Whole answers as fast as they come, by Gatehouse, the passthrough and Portkey in turn. */
export async function json(bench) {
  const { runMs, rounds, sideRounds } = bench.plan;
  const load = { connections: CONNECTIONS, durationMs: runMs };
  const [gatehouse, passthrough] = await bench.alternate(
    [
      ['gatehouse', 'json, 64 connections', load],
      ['passthrough', 'json, 64 connections', load],
    ],
    { rounds: rounds + 1 },
  );
  const own = { gatehouse, unit: 'req/s', value: (result) => result.perSecond };
  const rows = [
    ratioRow('JSON at saturation', {
      ...own,
      other: passthrough,
      against: 'passthrough',
      target: { atLeast: 0.4, aim: 0.5 },
    }),
    ratioRow('JSON, CPU a request', {
      ...{ gatehouse, other: passthrough, against: 'passthrough' },
      ...{ unit: 'µs', value: (result) => result.cpuUsPerRequest },
    }),
  ];
  rows.push(
    ratioRow('JSON, memory', {
      ...{ gatehouse, other: passthrough, against: 'passthrough' },
      ...{ unit: 'MB', value: (result) => result.peakRssMb },
    }),
  );
  if (bench.targets.portkey === undefined) return rows;
  const [again, portkey] = await bench.alternate(
    [
      ['gatehouse', 'json, 64 connections', load],
      ['portkey', 'json, 64 connections', load],
    ],
    { rounds: sideRounds },
  );
  const peer = ratioRow('JSON at saturation', {
    ...{ ...own, gatehouse: again },
    ...{ other: portkey, against: 'Portkey', target: { atLeast: 5, aim: 6 } },
  });
  return [...rows, peer];
}
