import { readFileSync, writeFileSync } from 'node:fs';
import { encodeModels } from '../model/model-file.js';
import type { ModelContents } from '../model/model-file.js';
import { toLoaded } from '../model/models.js';
import type { LoadedModels } from '../model/models.js';
import { calibratedMisuse, classifyWith } from '../prompt-classifier.js';
import {
  accuracy,
  intentTable,
  bandTable,
  judgedByModel,
  meanAccuracy,
  misuseSummary,
  misuseTable,
  sourceTable,
} from './evaluation-report.js';
import type { JudgedIntent, ScoredMisuse } from './evaluation-report.js';
import { calibrate, leaveOutIntents, leaveOutMisuse, leaveOutSome, NOT_ORDINARY } from './leave-source-out.js';
import type { LeftOutIntents, LeftOutMisuse } from './leave-source-out.js';
import { trainCategory, trainHeads, trainIntent, vectorise, vectoriseIntents } from './model-trainer.js';
import { quantile } from './metrics.js';
import {
  readEmbeddedInstructions,
  readForeignValidation,
  readOwnData,
  readPublicData,
  readValidationData,
  TrainingDataError,
} from './training-data.js';
import type { MisuseSample, TrainingData } from './training-data.js';

const REPORT_BEGINS = '<!-- report of npm run train -->';
const REPORT_ENDS = '<!-- end of the report -->';

export interface TrainingRun {
  /** Holds the public training data. */
  readonly publicFolder: string;
  /** Holds the project's own prompts. */
  readonly ownFolder: string;
  /** The model file to write. */
  readonly modelFile: string;
  /** The document whose part between the markers is the report. */
  readonly reportFile: string;
  /** Report instead of writing. */
  readonly reportOnly: boolean;
}

export interface Output {
  readonly report: (text: string) => void;
  readonly progress: (text: string) => void;
}

/**
 * Trains all models, calibrates them on sources left out in turn, reports how good they are, and writes the model file
 * and the report.
 * @throws TrainingDataError when the data cannot be read
 */
export function train(
  { publicFolder, ownFolder, modelFile, reportFile, reportOnly }: TrainingRun,
  { report, progress }: Output,
): void {
  const open = readPublicData(publicFolder);
  const own = readOwnData(ownFolder);
  const instructions = readEmbeddedInstructions(ownFolder);
  const validation = readValidationData(ownFolder);
  const foreign = readForeignValidation(ownFolder);
  progress(`reading ${open.misuse.length + own.misuse.length} + ${open.intents.length + own.intents.length} prompts`);
  const misuse = { open: vectorise(open.misuse), own: vectorise(own.misuse) };
  const intents = { open: vectoriseIntents(open.intents), own: vectoriseIntents(own.intents) };
  const leftOutMisuse = leaveOutMisuse(misuse.open, misuse.own, instructions, progress);
  const leftOutIntents = leaveOutIntents(intents.open, intents.own, progress);
  progress('misuse without one prompt in seven');
  const leftOutSome = leaveOutSome(misuse.open, misuse.own, instructions);
  progress('all sources');
  const contents: ModelContents = {
    ...calibrate(leftOutMisuse, leftOutIntents),
    models: {
      ...trainHeads([...misuse.open, ...misuse.own], instructions),
      category: trainCategory([...misuse.open, ...misuse.own]),
      intent: trainIntent([...intents.open, ...intents.own]),
    },
  };
  const encoded = encodeModels(contents);
  const models = toLoaded(contents);
  const text = evaluationReport({
    models,
    leftOutMisuse,
    leftOutSome,
    leftOutIntents,
    open,
    validation,
    foreign,
    bytes: encoded.length,
  });
  report(text);
  if (reportOnly) return;
  writeFileSync(modelFile, modelSource(encoded));
  writeFileSync(reportFile, withReport(readFileSync(reportFile, 'utf8'), text));
}

function withReport(document: string, text: string): string {
  const from = document.indexOf(REPORT_BEGINS);
  const to = document.indexOf(REPORT_ENDS);
  if (from === -1 || to < from) throw new TrainingDataError('The document for the report has no markers for it.');
  return `${document.slice(0, from + REPORT_BEGINS.length)}\n\n${text}\n\n${document.slice(to)}`;
}

function modelSource(encoded: string): string {
  return `/** Written by \`npm run train\`; see model-file.ts. */\nexport const MODEL_DATA: string =\n  '${encoded}';\n`;
}

interface Results {
  readonly models: LoadedModels;
  readonly leftOutMisuse: readonly LeftOutMisuse[];
  readonly leftOutSome: readonly LeftOutMisuse[];
  readonly leftOutIntents: readonly LeftOutIntents[];
  readonly open: TrainingData;
  readonly validation: TrainingData;
  readonly foreign: readonly MisuseSample[];
  readonly bytes: number;
}

function evaluationReport({
  models,
  leftOutMisuse,
  leftOutSome,
  leftOutIntents,
  open,
  validation,
  foreign,
  bytes,
}: Results): string {
  const scored = scoredOf(models, leftOutMisuse);
  const judged = judgedByModel(leftOutIntents);
  return [
    '### Misuse, sources left out',
    misuseTable(scored),
    `Without web text that moderators disagreed about: ${misuseSummary(scored.filter(isOrdinaryText))}.`,
    `For comparison, with every source known and one prompt in seven left out: ${misuseSummary(scoredOf(models, leftOutSome))}.`,
    '### Scores, sources left out',
    bandTable(scored),
    '### By source, left out',
    sourceTable(scored),
    '### Intents, sources left out',
    `${accuracy(judged)} right; mean over the intents ${meanAccuracy(judged)}.`,
    intentTable(judged),
    '### Own prompts that no model was trained on',
    validationSummary(models, validation, foreign),
    '### Speed and size',
    speed(models, open),
    `Model file: ${Math.round(bytes / 1_000)} kB.`,
  ].join('\n\n');
}

function isOrdinaryText({ sample }: ScoredMisuse): boolean {
  return !NOT_ORDINARY.has(sample.source);
}

function scoredOf(models: LoadedModels, leftOut: readonly LeftOutMisuse[]): ScoredMisuse[] {
  return leftOut.map((prompt) => ({ ...prompt, ...calibratedMisuse(models, prompt.logits) }));
}

function validationSummary(
  models: LoadedModels,
  { misuse, intents }: TrainingData,
  foreign: readonly MisuseSample[],
): string {
  const scored = (samples: readonly MisuseSample[]): ScoredMisuse[] =>
    samples.map((sample) => {
      const { heads, score } = classifyWith(models, sample.text).misuse;
      return { sample, fold: 0, heads, score };
    });
  const judged = intents.map((sample): JudgedIntent => ({ sample, said: classifyWith(models, sample.text).intent }));
  return [
    `Misuse: ${misuseSummary(scored(misuse))}.`,
    `Injections in Dutch, Polish, Swedish and Greek, which none of our training prompts are in: ${misuseSummary(scored(foreign))}.`,
    `Intents: ${accuracy(judged)} of ${intents.length} right.`,
  ].join('\n\n');
}

const SPEED_ROUNDS = 20;

/** Milliseconds a prompt: the best of a few rounds for each, so that what else the machine does counts little. */
function speed(models: LoadedModels, { misuse }: TrainingData): string {
  const prompts = misuse.filter((_, at) => at % 5 === 0);
  const times = prompts.map(() => Infinity);
  for (let round = 0; round < SPEED_ROUNDS; round++) {
    prompts.forEach(({ text }, at) => {
      const start = performance.now();
      classifyWith(models, text);
      times[at] = Math.min(times[at], performance.now() - start);
    });
  }
  return `p50 ${quantile(times, 0.5).toFixed(3)} ms, p99 ${quantile(times, 0.99).toFixed(3)} ms a prompt (${times.length} prompts, one thread, best of ${SPEED_ROUNDS} rounds).`;
}
