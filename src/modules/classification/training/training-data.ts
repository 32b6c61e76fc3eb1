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

/** Source name of the prompts written for this project. */
export const OWN_SOURCE = 'gatehouse';

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

/**
 * Prompts written for this project.
 * @param part `train`, or `validation` for those that no model is trained on
 */
export function readOwnData(folder: string, part: 'train' | 'validation'): TrainingData {
  const suffix = part === 'train' ? '' : '-validation';
  return {
    misuse: readRows(join(folder, `misuse${suffix}.jsonl`), ({ text, category }) => ({
      text: String(text),
      source: OWN_SOURCE,
      category: category === undefined ? null : toCategory(category),
    })),
    intents: readRows(join(folder, `intents${suffix}.jsonl`), ({ text, intent }) => ({
      text: String(text),
      source: OWN_SOURCE,
      intent: toIntent(intent),
    })),
  };
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
