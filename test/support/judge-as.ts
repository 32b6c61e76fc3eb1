import type { INestApplicationContext } from '@nestjs/common';
import type { PromptVerdict } from '../../src/modules/classification/prompt-classifier.js';
import { fingerprintOf } from '../../src/modules/misuse/behaviour/fingerprint.js';
import { PromptJudge } from '../../src/modules/misuse/judging/prompt-judge.js';

/** Has a worker judge prompts as `verdictOf` says, instead of by the models. */
export function judgeAs(worker: INestApplicationContext, verdictOf: (text: string) => PromptVerdict): void {
  const judge = (texts: readonly string[]) =>
    Promise.resolve(texts.map((text) => ({ verdict: verdictOf(text), ...fingerprintOf(text) })));
  jest.spyOn(worker.get(PromptJudge, { strict: false }), 'judge').mockImplementation(judge);
}
