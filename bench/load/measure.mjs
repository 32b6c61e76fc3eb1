import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../harness/numbers.mjs';
import { coreBusyUs, cpuUs, rssMb } from '../harness/proc.mjs';
import { Load } from './load.mjs';
import { requestsTo } from './requests.mjs';

const SAMPLE_MS = 100;
const DEFAULT_RAMP_MS = 250;
const BEGIN_WITHIN_MS = 20_000;

/**
 * One run of load on a gateway, with what it cost. Answers are counted that come within the window; what is under way at its end
 * is still waited for, so that no call is cut off and the books can be compared.
 * @param {{port: number, path: string, headers: object, pids?: number[]}} target
 * @param {{keys: string[], bytes?: number, stream?: boolean, connections: number, ratePerSecond?: number, durationMs: number,
 *   rampMs?: number, openFirst?: number, whenMeasured?(): void, expectStatus?: number, gatewayCore?: string}} options the window begins after
 *   `rampMs`, and not before `openFirst` streams have begun (or 20 s have passed)
 */
export async function measure(
  target,
  { durationMs, rampMs = DEFAULT_RAMP_MS, openFirst = 0, whenMeasured, expectStatus = 200, gatewayCore, ...options },
) {
  const pids = target.pids ?? [];
  const load = new Load({ port: target.port, next: requestsTo(target, options), ...options });
  await load.start();
  await sleep(rampMs);
  await begun(load, openFirst);
  load.takeCounts();
  const begin = reading(pids, gatewayCore);
  const peak = await watchMemory(pids, durationMs);
  const end = reading(pids, gatewayCore);
  const counts = load.takeCounts();
  const { inFlight } = load;
  whenMeasured?.();
  await load.finish();
  const { failures: late } = load.takeCounts();
  return summarise({ ...counts, late, inFlight }, { begin, end, peak, expectStatus });
}

async function begun(load, streams) {
  const deadline = Date.now() + BEGIN_WITHIN_MS;
  while (load.counts.firstEvents.length < streams && Date.now() < deadline) await sleep(20);
}

function reading(pids, gatewayCore) {
  return {
    at: performance.now(),
    cpu: pids.reduce((sum, pid) => sum + cpuUs(pid), 0),
    own: process.cpuUsage(),
    core: gatewayCore === undefined ? 0 : coreBusyUs(gatewayCore),
  };
}

async function watchMemory(pids, durationMs) {
  const until = performance.now() + durationMs;
  let peak = 0;
  do {
    await sleep(Math.min(SAMPLE_MS, Math.max(0, until - performance.now())));
    if (pids.length > 0)
      peak = Math.max(
        peak,
        pids.reduce((sum, pid) => sum + rssMb(pid), 0),
      );
  } while (performance.now() < until);
  return peak;
}

function summarise(counts, { begin, end, peak, expectStatus }) {
  const seconds = (end.at - begin.at) / 1000;
  const cpu = end.cpu - begin.cpu;
  const share = (us) => us / 1e6 / seconds;
  const { answered, events, latencies, firstEvents, statuses, failures, late, inFlight } = counts;
  const unexpected = Object.entries(statuses).filter(([status]) => Number(status) !== expectStatus);
  const errors = {
    ...failures,
    ...Object.fromEntries(unexpected.map(([status, count]) => [`status ${status}`, count])),
  };
  for (const [name, count] of Object.entries(late)) errors[name] = (errors[name] ?? 0) + count;
  return {
    seconds,
    answered,
    perSecond: answered / seconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    firstEventP50Ms: percentile(firstEvents, 0.5),
    firstEventP99Ms: percentile(firstEvents, 0.99),
    events,
    eventsPerSecond: events / seconds,
    cpuUsPerRequest: answered > 0 ? cpu / answered : null,
    cpuUsPerEvent: events > 0 ? cpu / events : null,
    gatewayCpuShare: share(cpu),
    loadCpuShare: share(end.own.user + end.own.system - begin.own.user - begin.own.system),
    foreignShare: begin.core === 0 ? null : Math.max(0, share(end.core - begin.core - cpu)),
    peakRssMb: peak,
    inFlight,
    errors,
  };
}
