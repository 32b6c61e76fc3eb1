import { existsSync, readFileSync } from 'node:fs';
import { percentile } from '../harness/numbers.mjs';
import { openFiles, rssMb } from '../harness/proc.mjs';

/** Looks at the server and its database every now and then while a soak is going on. */
export class SoakWatch {
  constructor({ targets, database }, probeFile) {
    this.pid = targets.gatehouse.child.pid;
    this.database = database;
    this.probeFile = probeFile;
    this.samples = [];
  }

  /** Takes a sample, and the load's counts since the last one; resolves with a line about it. */
  async sample(load) {
    const probe = this.lastProbe();
    const { answered, hungUp, statuses, failures, latencies } = load.takeCounts();
    const [{ connections }] = await this.database.query(
      'SELECT count(*)::int AS connections FROM pg_stat_activity WHERE datname = current_database()',
    );
    const sample = {
      at: Date.now(),
      rssMb: rssMb(this.pid),
      openFiles: openFiles(this.pid),
      connections,
      holds: await this.database.count('holds'),
      outbox: await this.database.count('outbox'),
      ...probe,
      ...{ answered, hungUp, statuses, failures, waiting: load.due.length, inFlight: load.inFlight },
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
    };
    this.samples.push(sample);
    return (
      `${sample.rssMb.toFixed(0)} MB, heap ${probe.heapMb.toFixed(0)} MB, ${sample.openFiles} files, ` +
      `${connections} connections, ${sample.holds} holds, outbox ${sample.outbox}, ` +
      `event loop p99 ${probe.p99SinceReset.toFixed(1)} ms, ${answered} answered (p99 ${sample.p99Ms?.toFixed(0)} ms), ` +
      `${hungUp} hung up, ${sample.waiting} waiting`
    );
  }

  lastProbe() {
    const text = existsSync(this.probeFile) ? readFileSync(this.probeFile, 'utf8').trim() : '';
    if (text === '') throw new Error('The probe of the event loop has written nothing.');
    const { p99, p99SinceReset, maxSinceReset, heapMb } = JSON.parse(text.slice(text.lastIndexOf('\n') + 1));
    return { p99, p99SinceReset, maxSinceReset, heapMb };
  }
}
