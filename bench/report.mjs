import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './gateways/gatehouse.mjs';
import { short } from './harness/numbers.mjs';
import { describeReconciliation } from './reconcile.mjs';
import { isMet } from './rows.mjs';

const HEADINGS = ['', 'measured', 'beside', '', '× or +', 'spread', 'target', ''];

/** The one table, with what has to be known to read it. */
export function printTable(bench, rows, reconciliation) {
  const lines = [HEADINGS, ...rows.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
  const rule = '─'.repeat(Math.max(...text.map((line) => line.length)));
  process.stdout.write(`\n${[text[0], rule, ...text.slice(1), rule].join('\n')}\n`);
  process.stdout.write(`${[describeReconciliation(reconciliation), ...conditions(bench)].join('\n')}\n`);
}

function cells(row) {
  const { what, unit, gatehouse, against = '', other, ratio, added, target } = row;
  const compared = ratio ?? added;
  const met = isMet(row);
  const number = (value) => `${ratio === undefined ? '+' : '×'} ${short(value)}`;
  return [
    what,
    `${short(gatehouse)} ${unit}`,
    against,
    against === '' ? '' : `${short(other)} ${unit}`,
    compared ? number(compared.median) : '',
    compared ? `${short(compared.least)} – ${short(compared.greatest)}` : '',
    targetText(target),
    met === undefined ? '' : met ? 'met' : 'MISSED',
  ];
}

function targetText(target) {
  if (target === undefined) return '';
  const bound = target.atLeast === undefined ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`;
  return target.aim === undefined ? bound : `${bound}, aim ${target.aim}`;
}

function conditions({ cores, runs, notices, plan }) {
  const lines = [];
  if (cores === undefined) lines.push('Nothing is pinned to cores here, so the processes disturb each other.');
  else {
    lines.push(
      `The gateway under load is alone on core ${cores.gateway}; load, upstream and Postgres share ${cores.others}. The other gateways`,
      'stand still meanwhile. The passthrough needs no Postgres, so its load and upstream have their cores to themselves: CPU a',
      'request compares the gateways alone, requests a second the whole arrangement.',
    );
  }
  const busy = runs.filter(({ label, gateway }) => label.startsWith('json, 64') && gateway === 'gatehouse');
  if (busy.length > 0) {
    const share = busy.reduce((sum, { gatewayCpuShare }) => sum + gatewayCpuShare, 0) / busy.length;
    lines.push(
      `At saturation Gatehouse used ${short(100 * share)} % of its core; the rest of the time it waited for the others.`,
    );
  }
  const foreign = Math.max(0, ...runs.map(({ foreignShare }) => foreignShare ?? 0));
  if (foreign > 0.1)
    lines.push(`ATTENTION: foreign processes took up to ${short(100 * foreign)} % of the gateway's core in a run.`);
  const failed = runs.filter(({ errors }) => Object.keys(errors).length > 0);
  for (const { label, gateway, errors } of failed)
    lines.push(`ERRORS in ${label}, ${gateway}: ${JSON.stringify(errors)}`);
  if (plan.warmUpMs < 9_000) lines.push('A quick run: too short a warm-up for numbers to be quoted.');
  return [...lines, ...notices];
}

/**
 * Writes what was measured to bench/results, with where and of what; resolves with the path.
 * @param {string} name what the file's name begins with
 */
export async function writeResults(name, bench, results) {
  const directory = join(ROOT, 'bench', 'results');
  await mkdir(directory, { recursive: true });
  const at = new Date().toISOString();
  const file = join(directory, `${name}-${at.slice(0, 19).replaceAll(':', '-')}.json`);
  const result = {
    at,
    commit: commit(),
    machine: { node: process.version, cpu: cpus()[0]?.model, cores: availableParallelism(), load: loadavg() },
    pinned: bench.cores ?? null,
    notices: bench.notices,
    ...results,
    runs: bench.runs,
  };
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  return file;
}

/** Null outside a git checkout. */
function commit() {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch (error) {
    if (error.status !== undefined || error.code === 'ENOENT') return null;
    throw error;
  }
}
