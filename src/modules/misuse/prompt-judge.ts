import { Injectable } from '@nestjs/common';
import { modelVersion } from '../classification/model/models.js';
import { classifyPrompt } from '../classification/prompt-classifier.js';
import type { PromptVerdict } from '../classification/prompt-classifier.js';
import { CALIBRATION_VERSION } from './behaviour/calibration.js';

/** Judges prompts for the analysis. */
@Injectable()
export class PromptJudge {
  /** Stored with every verdict, so that evidence says which weights gave it and how they were calibrated. */
  readonly modelVersion: string = `${modelVersion()}/${CALIBRATION_VERSION}`;

  judge(text: string): PromptVerdict {
    return classifyPrompt(text);
  }
}
