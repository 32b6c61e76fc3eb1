import { Injectable } from '@nestjs/common';
import { classifyIntent } from '../classification/intent-classifier.js';

/** What was found out about a prompt: what it is for, and whether it looks like misuse. */
export interface PromptVerdict {
  readonly intent: string;
  /** One of Guardflow's five or `unknown`. */
  readonly guardIntent: string;
  /** Of the intent, 0 to 1. */
  readonly confidence: number;
  readonly misuse: {
    /** 0 to 1. */
    readonly score: number;
    readonly category: string | null;
    readonly heads: { readonly harm: number; readonly attack: number };
  };
}

/** Judges prompts for the analysis. */
@Injectable()
export class PromptJudge {
  /** Stored with every verdict, so that evidence says which model gave it. */
  readonly modelVersion: string = 'rules';

  judge(text: string): PromptVerdict {
    return { ...classifyIntent(text), misuse: { score: 0, category: null, heads: { harm: 0, attack: 0 } } };
  }
}
