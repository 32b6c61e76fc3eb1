import { join } from 'node:path';
import { Child, answers, freePort } from '../harness/child.mjs';
import { probe } from '../load/requests.mjs';

/** Starts the yardstick; resolves with what the load is put on. */
export async function startPassthrough({ workDir, cores, upstream }) {
  const port = await freePort();
  const child = new Child({
    name: 'The passthrough',
    args: [join(import.meta.dirname, 'passthrough-process.mjs'), String(port), upstream.baseUrl('passthrough')],
    cores,
    logFile: join(workDir, 'passthrough.log'),
    ipc: true,
  });
  const path = '/v1/chat/completions';
  await child.untilReady(() => answers(`http://127.0.0.1:${port}${path}`, probe()));
  return { name: 'passthrough', port, path, headers: {}, child, pids: [child.pid] };
}
