/**
 * Loaded into the server with `--import`: appends a line a second to the file in BENCH_PROBE_FILE, with how late its event loop was.
 * SIGUSR2 begins the sum over all seconds anew. All delays are in milliseconds, beyond the sampling interval.
 */
import { appendFile } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const SAMPLE_MS = 10;
const file = process.env.BENCH_PROBE_FILE;
const lastSecond = monitorEventLoopDelay({ resolution: SAMPLE_MS });
const sinceReset = monitorEventLoopDelay({ resolution: SAMPLE_MS });
const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - SAMPLE_MS);

// Threads are given the same `--import`; none of them has requests to answer.
if (isMainThread) {
  lastSecond.enable();
  sinceReset.enable();
  process.on('SIGUSR2', () => sinceReset.reset());
  setInterval(() => {
    const line = {
      at: Date.now(),
      p99: late(lastSecond.percentile(99)),
      p99SinceReset: late(sinceReset.percentile(99)),
      maxSinceReset: late(sinceReset.max),
      heapMb: process.memoryUsage().heapUsed / 1_048_576,
    };
    lastSecond.reset();
    appendFile(file, `${JSON.stringify(line)}\n`, (error) => {
      // Without its file the probe is of no use, and the bench would wait for it in vain.
      if (error) throw error;
    });
  }, 1_000).unref();
}
