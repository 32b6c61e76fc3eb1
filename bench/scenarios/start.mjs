import { startGatehouse } from '../gateways/gatehouse.mjs';
import { answers } from '../harness/child.mjs';
import { probe } from '../load/requests.mjs';
import { valueRow } from '../rows.mjs';

/** `npm start` with a Postgres of its own, on all cores: once to make the data, then again until a chat is answered. */
export async function start(bench) {
  const { workDir, upstream } = bench;
  const cores = bench.cores && `${bench.cores.gateway},${bench.cores.others}`;
  const options = { name: 'start', caller: 'start', workDir, upstream, cores };
  const first = await startGatehouse(options);
  const [, key] = /demo key\s+(\S+)/.exec(first.child.output());
  await first.child.stop();
  const startedAt = performance.now();
  const second = await startGatehouse(options);
  const request = probe({ authorization: `Bearer ${key}` });
  await second.child.untilReady(() => answers(`http://127.0.0.1:${second.port}${second.path}`, request), 10_000, 20);
  const seconds = (performance.now() - startedAt) / 1000;
  await second.child.stop();
  return [valueRow('npm start to the first answer, warm', { values: [seconds], unit: 's', target: { atMost: 3 } })];
}
