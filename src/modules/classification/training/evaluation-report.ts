import { INTENTS } from '../intents.js';
import type { MisuseVerdict } from '../misuse-categories.js';
import { indexOfGreatest } from '../model/probabilities.js';
import { auroc, recallAt, shareAbove } from './metrics.js';
import { labelOf, NOT_ORDINARY } from './leave-source-out.js';
import type { LeftOutIntents } from './leave-source-out.js';
import { FOLDS } from './source-folds.js';
import type { IntentSample, MisuseSample } from './training-data.js';

export interface ScoredMisuse {
  readonly sample: MisuseSample;
  readonly fold: number;
  readonly score: number;
  readonly heads: MisuseVerdict['heads'];
}

export interface JudgedIntent {
  readonly sample: IntentSample;
  /** Intent or `unknown`. */
  readonly said: string;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const three = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(3));

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** AUROC and recall of left-out sources, fold by fold and together. */
export function misuseTable(scored: readonly ScoredMisuse[]): string {
  const row = (name: string, part: readonly ScoredMisuse[]): string[] => {
    const { positives, negatives } = split(part);
    return [
      name,
      String(positives.length),
      String(negatives.length),
      three(auroc(positives, negatives)),
      percent(recallAt(positives, negatives, 0.01)),
      percent(recallAt(positives, negatives, 0.05)),
    ];
  };
  const folds = Array.from({ length: FOLDS }, (_, fold) => scored.filter((prompt) => prompt.fold === fold));
  return table(
    ['left out', 'misuse', 'harmless', 'AUROC', 'recall at 1 % FP', 'recall at 5 % FP'],
    [...folds.map((part, fold) => row(`fold ${fold + 1}`, part)), row('all', scored)],
  );
}

const BANDS = [0.9, 0.7, 0.5, 0];

/** How the scores of left-out prompts spread over the bands of the behaviour score. */
export function bandTable(scored: readonly ScoredMisuse[]): string {
  const groups: Record<string, (prompt: ScoredMisuse) => boolean> = {
    ordinary: ({ sample: { category, source } }) => category === null && !NOT_ORDINARY.has(source),
    harm: ({ sample }) => labelOf(sample.category) === 'harm',
    'attack on the model': ({ sample }) => labelOf(sample.category) === 'attack',
  };
  const rows = Object.entries(groups).map(([name, isMember]) => {
    const scores = scored.filter(isMember).map(({ score }) => score);
    const inBand = (from: number, at: number): number =>
      scores.filter((score) => score >= from && score < (BANDS[at - 1] ?? Infinity)).length / scores.length;
    return [name, String(scores.length), ...BANDS.map((from, at) => percent(inBand(from, at)))];
  });
  return table(['prompts', '', ...BANDS.map((from) => `from ${String(from)}`)], rows);
}

/** Per source: AUROC of its misuse against all harmless prompts, recall and false positives at a score of 0.5. */
export function sourceTable(scored: readonly ScoredMisuse[]): string {
  const allNegatives = split(scored).negatives;
  const sources = [...new Set(scored.map(({ sample }) => sample.source))].sort();
  const rows = sources.map((source) => {
    const { positives, negatives } = split(scored.filter(({ sample }) => sample.source === source));
    return [
      source,
      String(positives.length),
      positives.length === 0 ? '' : three(auroc(positives, allNegatives)),
      positives.length === 0 ? '' : percent(shareAbove(positives, 0.5)),
      String(negatives.length),
      negatives.length === 0 ? '' : percent(shareAbove(negatives, 0.5)),
    ];
  });
  return table(['source', 'misuse', 'AUROC', 'found', 'harmless', 'false positives'], rows);
}

/** Which intents are taken for which, with the accuracy per class. */
export function intentTable(judged: readonly JudgedIntent[]): string {
  const columns = [...INTENTS, 'unknown'];
  const rows = INTENTS.map((intent) => {
    const ofIntent = judged.filter(({ sample }) => sample.intent === intent);
    const counts = columns.map((said) => ofIntent.filter((prompt) => prompt.said === said).length);
    const right = ofIntent.filter(({ said }) => said === intent).length;
    return [intent, percent(right / ofIntent.length), ...counts.map((count) => (count === 0 ? '' : String(count)))];
  });
  return table(['', 'right', ...columns.map((column) => column.slice(0, 6))], rows);
}

export function accuracy(judged: readonly JudgedIntent[]): string {
  return percent(judged.filter(({ sample, said }) => said === sample.intent).length / judged.length);
}

/** Mean over the intents, so that a large one counts no more than a small one. */
export function meanAccuracy(judged: readonly JudgedIntent[]): string {
  const shares = INTENTS.map((intent) => {
    const ofIntent = judged.filter(({ sample }) => sample.intent === intent);
    return ofIntent.filter(({ said }) => said === intent).length / ofIntent.length;
  });
  return percent(shares.reduce((sum, share) => sum + share, 0) / shares.length);
}

export function judgedByModel(leftOut: readonly LeftOutIntents[]): JudgedIntent[] {
  return leftOut.map(({ sample, logits }) => ({ sample, said: INTENTS[indexOfGreatest(logits)] }));
}

export function misuseSummary(scored: readonly ScoredMisuse[]): string {
  const { positives, negatives } = split(scored);
  return `AUROC ${three(auroc(positives, negatives))}, ${percent(shareAbove(positives, 0.5))} found and ${percent(shareAbove(negatives, 0.5))} false positives at a score of 0.5 (${positives.length} misuse, ${negatives.length} harmless)`;
}

function split(scored: readonly ScoredMisuse[]): { positives: number[]; negatives: number[] } {
  const scores = (isPositive: boolean): number[] =>
    scored.filter(({ sample }) => (labelOf(sample.category) !== 'benign') === isPositive).map(({ score }) => score);
  return { positives: scores(true), negatives: scores(false) };
}
