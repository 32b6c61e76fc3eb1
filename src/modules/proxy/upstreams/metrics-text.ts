import type { UpstreamsDto, UpstreamTargetDto } from './upstreams.dto.js';

/** Numbers of the process. */
export interface ProcessNumbers {
  /** Calls that ended and are not in the ledger yet. */
  readonly settlementBacklog: number;
  readonly residentBytes: number;
}

type Labels = Readonly<Record<string, string>>;

const COUNTERS = [
  ['attempts', 'Calls sent to an upstream model, retries included.'],
  ['failures', 'Calls that it failed.'],
  ['retries', 'Calls that were sent to it once more.'],
  ['fallbacks', 'Calls that it got because another target failed or was passed over.'],
  ['breaker_openings', 'How often its breaker opened.'],
] as const satisfies readonly (readonly [keyof UpstreamTargetDto, string])[];

/** Everything in Prometheus' text format. */
export function metricsText({ targets }: UpstreamsDto, { settlementBacklog, residentBytes }: ProcessNumbers): string {
  const labelled = targets.map((target) => ({ target, labels: { provider: target.provider, model: target.model } }));
  return [
    ...COUNTERS.flatMap(([name, help]) =>
      family(
        `gatehouse_upstream_${name}_total`,
        'counter',
        help,
        labelled.map(({ target, labels }) => sample('', labels, target[name])),
      ),
    ),
    ...family(
      'gatehouse_upstream_breaker_open',
      'gauge',
      '1 while the target is passed over.',
      labelled.map(({ target, labels }) => sample('', labels, target.breaker === 'open' ? 1 : 0)),
    ),
    ...family(
      'gatehouse_upstream_answer_seconds',
      'histogram',
      'From sending a call to its answer, or to the first content of its stream.',
      labelled.flatMap(({ target, labels }) => histogram(target, labels)),
    ),
    ...family('gatehouse_settlement_backlog', 'gauge', 'Calls that ended and are not in the ledger yet.', [
      sample('', {}, settlementBacklog),
    ]),
    ...family('process_resident_memory_bytes', 'gauge', 'Resident memory.', [sample('', {}, residentBytes)]),
    '',
  ].join('\n');
}

function family(name: string, type: string, help: string, samples: readonly string[]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples.map((line) => name + line)];
}

function histogram({ latency_ms: { answers, mean, within } }: UpstreamTargetDto, labels: Labels): string[] {
  const buckets = Object.entries(within).map(([ms, count]) =>
    sample('_bucket', { ...labels, le: String(Number(ms) / 1_000) }, count),
  );
  return [
    ...buckets,
    sample('_bucket', { ...labels, le: '+Inf' }, answers),
    sample('_sum', labels, ((mean ?? 0) * answers) / 1_000),
    sample('_count', labels, answers),
  ];
}

function sample(suffix: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([name, text]) => `${name}="${escaped(text)}"`);
  return `${suffix}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
