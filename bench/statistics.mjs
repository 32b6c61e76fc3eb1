/**
 * p50 and p95 of each statistics route of a running server: `BASE_URL=… ADMIN_TOKEN=… [USER_TOKEN=…] node bench/statistics.mjs`.
 * Beside a seeded ledger (bench/seed-ledger.mjs) it tells what they cost at that size.
 */
import { readArguments, requireEnvironment } from './harness/arguments.mjs';

readArguments('BASE_URL=... ADMIN_TOKEN=... [USER_TOKEN=...] [USER_ID=2] [RUNS=20] node bench/statistics.mjs');
requireEnvironment('ADMIN_TOKEN', 'log in as an administrator and take the access_token.');

const base = process.env.BASE_URL ?? 'http://127.0.0.1:8000';
const RUNS = Number(process.env.RUNS ?? 20);
const headers = { authorization: `Bearer ${process.env.ADMIN_TOKEN}` };
const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
const user = process.env.USER_ID ?? '2';

const ROUTES = [
  '/api/usage/stats?days=30',
  '/api/usage/logs?limit=50',
  '/api/v1/admin/logs?limit=100',
  `/api/v1/admin/logs?limit=100&user_id=${user}`,
  '/api/v1/admin/logs?limit=100&model=gpt-4o',
  '/api/v1/admin/logs?limit=100&status=upstream_error&task_id=11',
  '/api/v1/admin/logs?limit=100&intent=research&api_key_id=901',
  '/api/v1/admin/logs?limit=100&model=never-asked-for',
  '/api/v1/admin/analytics/usage?days=7',
  '/api/v1/admin/analytics/usage?days=365',
  '/api/v1/admin/analytics/users',
  '/api/v1/admin/analytics/top?days=30',
  '/api/v1/admin/analytics/top?days=365&of=model',
  '/api/v1/admin/analytics/top?days=365&of=user',
  '/api/v1/admin/analytics/top?days=365&of=key',
  `/api/v1/admin/analytics/timeseries?from=${day(29)}&group_by=model`,
  `/api/v1/admin/analytics/timeseries?from=${day(29)}&group_by=intent`,
  `/api/v1/admin/analytics/timeseries?from=${day(364)}&group_by=model`,
  `/api/v1/admin/analytics/timeseries?from=${day(364)}&group_by=intent`,
  `/api/v1/admin/analytics/timeseries?from=${day(364)}&group_by=model,user,key&limit=1000`,
  `/api/v1/admin/analytics/timeseries?from=${day(364)}&user_id=${user}&group_by=key`,
];

for (const route of ROUTES) {
  const times = [];
  let status = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const started = performance.now();
    const answer = await fetch(base + route, { headers });
    await answer.arrayBuffer();
    status = answer.status;
    times.push(performance.now() - started);
  }
  if (status !== 200) process.exitCode = 1;
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(0).padStart(6);
  process.stdout.write(`${status}  p50 ${at(0.5)} ms  p95 ${at(0.95)} ms  ${route}\n`);
}
