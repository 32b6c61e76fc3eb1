import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INTENTS } from '../intents.js';
import type { Intent } from '../intents.js';
import { MISUSE_CATEGORIES } from '../misuse-categories.js';
import type { MisuseCategory } from '../misuse-categories.js';

export interface MisuseSample {
  readonly text: string;
  readonly source: string;
  /** null: nothing wrong with it. */
  readonly category: MisuseCategory | null;
}

export interface IntentSample {
  readonly text: string;
  readonly source: string;
  readonly intent: Intent;
}

/** Source name of the prompts written for this project by combining parts of sentences. */
const COMBINED_SOURCE = 'gatehouse';
/** Of those written one by one; they say more, each. */
export const VARIED_SOURCE = 'gatehouse varied';
/** Of those written for one way of injection each, for one language each, and in pairs that look alike. */
export const TECHNIQUES_SOURCE = 'gatehouse techniques';
export const LANGUAGES_SOURCE = 'gatehouse languages';
export const CONTRASTS_SOURCE = 'gatehouse contrasts';

export interface TrainingData {
  readonly misuse: readonly MisuseSample[];
  readonly intents: readonly IntentSample[];
}

/** What the operator must mend; `message` says where. */
export class TrainingDataError extends Error {}

/**
 * @param folder holds misuse_train.jsonl ({text, label 0 or 1, category, source}) and intent_train.jsonl ({text, intent,
 * source})
 */
export function readPublicData(folder: string): TrainingData {
  return {
    misuse: readRows(join(folder, 'misuse_train.jsonl'), ({ text, label, category, source }) => ({
      text: String(text),
      source: String(source),
      category: label === 1 ? toCategory(category) : null,
    })),
    intents: readRows(join(folder, 'intent_train.jsonl'), ({ text, intent, source }) => ({
      text: String(text),
      source: String(source),
      intent: toIntent(intent),
    })),
  };
}

/** Prompts written for this project to train on. */
export function readOwnData(folder: string): TrainingData {
  return {
    misuse: [
      ...readMisuse(folder, 'misuse', COMBINED_SOURCE),
      ...readMisuse(folder, 'misuse-varied', VARIED_SOURCE),
      ...readMisuse(folder, 'misuse-techniques', TECHNIQUES_SOURCE),
      ...readMisuse(folder, 'misuse-languages', LANGUAGES_SOURCE),
      ...readMisuse(folder, 'misuse-contrasts', CONTRASTS_SOURCE),
    ],
    intents: [
      ...readIntents(folder, 'intents', COMBINED_SOURCE),
      ...readIntents(folder, 'intents-tables', COMBINED_SOURCE),
      ...readIntents(folder, 'intents-varied', VARIED_SOURCE),
    ],
  };
}

/** Prompts written for this project that no model is trained on. */
export function readValidationData(folder: string): TrainingData {
  return {
    misuse: readMisuse(folder, 'misuse-validation', VARIED_SOURCE),
    intents: readIntents(folder, 'intents-validation', VARIED_SOURCE),
  };
}

/** Of those, prompts in languages that no prompt of ours was written in for training. */
export function readForeignValidation(folder: string): MisuseSample[] {
  return readMisuse(folder, 'languages-validation', LANGUAGES_SOURCE);
}

/** Instructions as they are slipped into documents. */
export function readEmbeddedInstructions(folder: string): string[] {
  return readRows(join(folder, 'embedded-attacks.jsonl'), ({ text }) => String(text));
}

function readMisuse(folder: string, name: string, source: string): MisuseSample[] {
  return readRows(join(folder, `${name}.jsonl`), ({ text, category }) => ({
    text: String(text),
    source,
    category: category === undefined ? null : toCategory(category),
  }));
}

function readIntents(folder: string, name: string, source: string): IntentSample[] {
  return readRows(join(folder, `${name}.jsonl`), ({ text, intent }) => ({
    text: String(text),
    source,
    intent: toIntent(intent),
  }));
}

function readRows<Row>(path: string, toRow: (fields: Record<string, unknown>) => Row): Row[] {
  if (!existsSync(path)) throw new TrainingDataError(`${path} is missing.`);
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [toRow(JSON.parse(line) as Record<string, unknown>)];
    } catch (error) {
      throw new TrainingDataError(
        `${path}, line ${index + 1}: ${error instanceof Error ? error.message : 'unreadable'}`,
      );
    }
  });
}

function toCategory(value: unknown): MisuseCategory {
  if (value === 'spam') return 'fraud';
  const category = MISUSE_CATEGORIES.find((known) => known === value);
  if (category === undefined) throw new Error(`unknown category ${JSON.stringify(value)}`);
  return category;
}

function toIntent(value: unknown): Intent {
  const intent = INTENTS.find((known) => known === value);
  if (intent === undefined) throw new Error(`unknown intent ${JSON.stringify(value)}`);
  return intent;
}
