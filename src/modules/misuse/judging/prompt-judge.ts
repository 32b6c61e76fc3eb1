import { existsSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { modelVersion } from '../../classification/model/models.js';
import { CALIBRATION_VERSION } from '../behaviour/calibration.js';
import { judgePrompt } from './judged-prompt.js';
import type { JudgedPrompt } from './judged-prompt.js';
import { JudgeThread } from './judge-thread.js';

/** It is there once the sources are compiled; tests run them as they are. */
const THREAD_FILE = new URL('judge-thread.main.js', import.meta.url);

/** Judges prompts for the analysis, in a thread of its own that gives way to requests. */
@Injectable()
export class PromptJudge implements OnModuleDestroy {
  /** Stored with every verdict, so that evidence says which weights gave it and how they were calibrated. */
  readonly modelVersion: string = `${modelVersion()}/${CALIBRATION_VERSION}`;
  private readonly logger = new Logger(PromptJudge.name);
  private readonly hasThread = existsSync(THREAD_FILE);
  private thread: JudgeThread | null = null;

  /** In the order of the texts. A thread that ends is replaced with the next batch; this one is judged here then. */
  async judge(texts: readonly string[]): Promise<JudgedPrompt[]> {
    if (!this.hasThread) return judgeHere(texts);
    if (this.thread?.isRunning !== true) this.thread = new JudgeThread(THREAD_FILE);
    try {
      return await this.thread.judge(texts);
    } catch (error) {
      this.logger.warn({ err: error }, 'the thread that judges prompts has ended');
      return judgeHere(texts);
    }
  }

  async onModuleDestroy(): Promise<void> {
    await this.thread?.stop();
  }
}

/** One at a time, so that requests get in between. */
async function judgeHere(texts: readonly string[]): Promise<JudgedPrompt[]> {
  const judged: JudgedPrompt[] = [];
  for (const text of texts) {
    judged.push(judgePrompt(text));
    await nextTurn();
  }
  return judged;
}
