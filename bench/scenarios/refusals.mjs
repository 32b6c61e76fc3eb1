import { join } from 'node:path';
import { ROOT } from '../gateways/gatehouse.mjs';
import { ratioRow } from '../rows.mjs';

const CONNECTIONS = 32;
const KEYS = 1_000;

/** Requests that are turned away must cost less than those that are let in: 1,000 keys nobody issued, 1,000 spent accounts. */
export async function refusals(bench) {
  const { generateKey } = await import(join(ROOT, 'dist', 'src', 'modules', 'api-keys', 'api-key-format.js'));
  const unknown = Array.from({ length: KEYS }, () => generateKey('gh_'));
  const spent = await bench.database.openAccounts({ name: 'spent', count: KEYS, lifetimeTokens: 0 });
  const load = { connections: CONNECTIONS, durationMs: bench.plan.runMs };
  const [admitted, unknownKey, spentQuota] = await bench.alternate(
    [
      ['gatehouse', 'admitted', load],
      ['gatehouse', 'refused, unknown key', { ...load, keys: unknown, expectStatus: 401 }],
      ['gatehouse', 'refused, spent', { ...load, keys: spent, expectStatus: 429 }],
    ],
    { rounds: bench.plan.sideRounds },
  );
  const common = {
    unit: 'µs',
    value: (result) => result.cpuUsPerRequest,
    other: admitted,
    against: 'admitted',
    target: { atMost: 0.5 },
  };
  return [
    ratioRow('Refused, unknown key, CPU', { ...common, gatehouse: unknownKey }),
    ratioRow('Refused, spent account, CPU', { ...common, gatehouse: spentQuota }),
  ];
}
