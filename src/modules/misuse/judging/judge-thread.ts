import { Worker } from 'node:worker_threads';
import type { JudgedPrompt } from './judged-prompt.js';

export interface PromptBatch {
  readonly batchId: number;
  readonly texts: readonly string[];
}

export interface JudgedBatch {
  readonly batchId: number;
  readonly judged: JudgedPrompt[];
}

interface Waiting {
  readonly resolve: (judged: JudgedPrompt[]) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that judges prompts, so that no request waits for it. It does not keep the process alive. */
export class JudgeThread {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private lastBatchId = 0;
  private ended: Error | null = null;

  constructor(file: URL) {
    this.worker = new Worker(file);
    this.worker.unref();
    this.worker.on('message', ({ batchId, judged }: JudgedBatch) => {
      this.waiting.get(batchId)?.resolve(judged);
      this.waiting.delete(batchId);
    });
    this.worker.on('error', (error) => this.end(error instanceof Error ? error : new Error(String(error))));
    this.worker.on('exit', (code) => this.end(new Error(`the judge's thread ended with code ${code}`)));
  }

  get isRunning(): boolean {
    return this.ended === null;
  }

  /** Rejects when the thread ends before it has answered. */
  judge(texts: readonly string[]): Promise<JudgedPrompt[]> {
    const { ended } = this;
    if (ended !== null) return Promise.reject(ended);
    this.lastBatchId += 1;
    const batch: PromptBatch = { batchId: this.lastBatchId, texts };
    return new Promise((resolve, reject) => {
      this.waiting.set(batch.batchId, { resolve, reject });
      this.worker.postMessage(batch);
    });
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }

  private end(reason: Error): void {
    this.ended ??= reason;
    for (const { reject } of this.waiting.values()) reject(this.ended);
    this.waiting.clear();
  }
}
