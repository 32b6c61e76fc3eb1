import type { INestApplicationContext } from '@nestjs/common';
import type { Environment } from '../../src/config/environment.js';
import { startAnalysis } from './analysis-worker.js';
import { createDatabase, dropDatabase } from './databases.js';
import { FakeClassifier } from './fake-classifier.js';
import { settle } from './settled-calls.js';
import { until } from './until.js';
import { Books } from './usage-books.js';
import { judgeAs } from './judge-as.js';

export const CLASSIFIER_KEY = 'sk-CLASSIFIER-SECRET';

export interface OpinionRow {
  outcome: string | null;
  failure: string | null;
  weight: number | null;
  cost: number;
  model_version: string;
}

/** A database, workers on it, and the second stage that they ask. */
export class SecondStageScene {
  readonly running: INestApplicationContext[] = [];
  private written = 0;

  private constructor(
    readonly classifier: FakeClassifier,
    readonly databaseUrl: string,
    readonly books: Books,
  ) {}

  static async open(): Promise<SecondStageScene> {
    const databaseUrl = await createDatabase();
    return new SecondStageScene(await FakeClassifier.start(), databaseUrl, await Books.open(databaseUrl));
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    await this.books.close();
    await dropDatabase(this.databaseUrl);
    await this.classifier.stop();
  }

  async stopWorkers(): Promise<void> {
    await Promise.all(this.running.splice(0).map((app) => app.close()));
  }

  /** A worker to which a prompt says itself how it is judged: ATTACK looks like a jailbreak, HARM like a crime. */
  async start(change: Partial<Environment> = {}): Promise<INestApplicationContext> {
    const app = await startAnalysis(
      this.databaseUrl,
      { role: 'worker' },
      { CLASSIFIER_OPENAI_API_KEY: CLASSIFIER_KEY, CLASSIFIER_OPENAI_BASE_URL: this.classifier.url, ...change },
    );
    this.running.push(app);
    judgeAs(app, (text) => {
      const [harm, attack] = [text.includes('HARM') ? 0.95 : 0.02, text.includes('ATTACK') ? 0.95 : 0.02];
      const score = Math.max(harm, attack);
      return {
        intent: 'coding',
        guardIntent: 'coding',
        confidence: 0.9,
        misuse: { score, category: score > 0.5 ? 'weapons_violence' : null, heads: { harm, attack } },
      };
    });
    return app;
  }

  /** Distinct prompts that begin differently. */
  prompts(word: 'ATTACK' | 'HARM', count: number): string[] {
    return Array.from({ length: count }, () => {
      this.written += 1;
      return `${String(1_000 + this.written).replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)])} ${word}`;
    });
  }

  /** Calls of a new account, settled; resolves with the account. */
  async sent(texts: readonly string[]): Promise<number> {
    const userId = await this.books.account();
    await settle(
      this.databaseUrl,
      texts.map((prompt) => ({ userId, prompt })),
    );
    return userId;
  }

  opinions(): Promise<OpinionRow[]> {
    return this.books.query<OpinionRow>(
      `SELECT outcome, failure, weight, cost_nano_usd::int AS cost, model_version
         FROM misuse_second_opinions ORDER BY given_at`,
    );
  }

  /** All opinions, once there are this many; more of them is an error. */
  async given(count: number): Promise<OpinionRow[]> {
    await until(`${count} opinions`, async () => (await this.opinions()).length >= count, { timeoutMs: 40_000 });
    const rows = await this.opinions();
    expect(rows).toHaveLength(count);
    return rows;
  }

  /** Rows of the outbox. */
  async left(topic: 'call.settled' | 'misuse.opinion'): Promise<number> {
    const [row] = await this.books.query<{ left: number }>(
      'SELECT count(*)::int AS left FROM outbox WHERE topic = $1',
      [topic],
    );
    return row.left;
  }

  async analysed(): Promise<void> {
    await until('the analysis', async () => (await this.left('call.settled')) === 0, { timeoutMs: 40_000 });
  }

  async stateOf(userId: number): Promise<{ level: string; score: number }> {
    const [row] = await this.books.query<{ level: string; score: number }>(
      'SELECT level, score FROM misuse_states WHERE user_id = $1',
      [userId],
    );
    return row;
  }

  async spentToday(): Promise<{ calls: number; nanoUsd: number } | undefined> {
    const [row] = await this.books.query<{ calls: number; nanoUsd: number }>(
      'SELECT calls, nano_usd::int AS "nanoUsd" FROM misuse_second_stage_days',
    );
    return row;
  }
}
