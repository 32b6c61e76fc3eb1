import type { INestApplicationContext } from '@nestjs/common';
import { startAnalysis } from './analysis-worker.js';
import type { ApiClient } from './api-client.js';
import { Gateway } from './gateway.js';
import type { TestAccount } from './gateway.js';
import { judgeAs } from './judge-as.js';
import { settle } from './settled-calls.js';
import { until } from './until.js';

/** A server, its administrator, and a worker for which every prompt is an attack. */
export class ReviewScene {
  private constructor(
    readonly gateway: Gateway,
    readonly admin: ApiClient,
    private readonly worker: INestApplicationContext,
  ) {}

  /** @param score of every prompt */
  static async start(score: number): Promise<ReviewScene> {
    const gateway = await Gateway.start({ env: { ROLE: 'api' } });
    try {
      const worker = await startAnalysis(gateway.databaseUrl, { role: 'worker' });
      judgeAs(worker, () => ({
        intent: 'coding',
        guardIntent: 'coding',
        confidence: 0.9,
        misuse: { score, category: 'jailbreak', heads: { harm: 0.1, attack: score } },
      }));
      return new ReviewScene(gateway, await gateway.admin(), worker);
    } catch (error) {
      await gateway.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.worker.close();
    await this.gateway.stop();
  }

  /** So many attacks that differ, taken in. */
  async attack(account: TestAccount, attacks: number): Promise<void> {
    const prompts = Array.from({ length: attacks }, (_, index) => String.fromCharCode(97 + index).repeat(5));
    await settle(
      this.gateway.databaseUrl,
      prompts.map((prompt) => ({ userId: account.id, prompt })),
    );
    await until('the analysis', async () => {
      const [{ left }] = await this.gateway.books.query<{ left: number }>('SELECT count(*)::int AS left FROM outbox');
      return left === 0;
    });
  }
}
