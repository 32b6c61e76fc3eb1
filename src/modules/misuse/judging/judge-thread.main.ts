/** What runs in the judge's thread: prompts come in, what was found out about them goes back. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { judgePrompt } from './judged-prompt.js';
import type { JudgedBatch, PromptBatch } from './judge-thread.js';

/** Where requests want the whole core, this thread gets a tenth of it. */
const NICENESS = 10;

/** Only Linux has priorities of single threads, under the names that /proc gives them. */
function letRequestsPass(): void {
  if (process.platform !== 'linux') return;
  setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), NICENESS);
}

letRequestsPass();
parentPort?.on('message', ({ batchId, texts }: PromptBatch) => {
  const answer: JudgedBatch = { batchId, judged: texts.map(judgePrompt) };
  parentPort?.postMessage(answer);
});
