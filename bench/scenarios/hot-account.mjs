import { ratioRow } from '../rows.mjs';

/** All calls on one key of one account, so that they meet at its rows, beside the same load on a thousand accounts. */
export async function hotAccount(bench) {
  const load = { connections: 64, durationMs: bench.plan.runMs };
  const [hot, many] = await bench.alternate(
    [
      ['gatehouse', 'one hot account', { ...load, keys: bench.keys.slice(0, 1) }],
      ['gatehouse', '1,000 accounts', load],
    ],
    { rounds: bench.plan.sideRounds },
  );
  const value = (result) => result.perSecond;
  return [
    ratioRow('One hot account', { gatehouse: hot, other: many, against: '1,000 accounts', unit: 'req/s', value }),
  ];
}
