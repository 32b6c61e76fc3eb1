import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from './api-client.js';
import { CHAT, chat } from './gateway.js';
import { FakeUpstream } from './fake-upstream.js';
import type { UpstreamRequest } from './upstream-behaviour.js';

/** Prompt tokens go up to this, so that a number is told by its tokens; the prompt has more bytes. */
const PROMPT_SIZES = 1_500;
const LARGEST_COMPLETION = 60;

/**
 * Calls with numbers, each sent once. What the upstream bills for a call tells its number, so that a row of the ledger is
 * known to be the bill of one certain call.
 */
export class NumberedLoad {
  /** Numbers whose whole answer has reached the client. */
  readonly answered = new Set<number>();
  sent = 0;
  private stopped = false;

  constructor(
    readonly upstream: FakeUpstream,
    private readonly clients: readonly ApiClient[],
    private readonly keys: readonly string[],
    private readonly random: () => number,
  ) {
    upstream.behave((request) => {
      const number = numberOf(request);
      return {
        ...tokensOf(number),
        chunkCount: 1 + (number % 12),
        chunkDelayMs: 5 + (number % 40),
        latencyMs: number % 150,
      };
    });
  }

  /** Sends calls until `stop`, `lanes` at a time. */
  async run(lanes: number): Promise<void> {
    await Promise.all(
      Array.from({ length: lanes }, async () => {
        while (!this.stopped) await this.callOnce();
      }),
    );
  }

  stop(): void {
    this.stopped = true;
  }

  /** Which account (by place) made a call. */
  accountOf(number: number): number {
    return number % this.keys.length;
  }

  /** Numbers that reached the upstream. */
  get arrived(): Set<number> {
    return new Set(this.upstream.requests.map(numberOf));
  }

  private async callOnce(): Promise<void> {
    const number = this.sent++;
    const client = this.clients[Math.floor(this.random() * this.clients.length)].bearer(
      this.keys[this.accountOf(number)],
    );
    const content = `call ${number} `.padEnd(PROMPT_SIZES + 20, 'x');
    const body = chat({ messages: [{ role: 'user', content }], max_tokens: LARGEST_COMPLETION });
    try {
      if (this.random() < 0.5) await this.whole(number, client, body);
      else await this.stream(number, client, body);
    } catch {
      // The server was killed: that is what this is about. Whether the call was billed is asked at the end.
      await sleep(50);
    }
  }

  private async whole(number: number, client: ApiClient, body: object): Promise<void> {
    const { status } = await client.post(CHAT, body);
    if (status === 200) this.answered.add(number);
    else await sleep(50);
  }

  private async stream(number: number, client: ApiClient, body: object): Promise<void> {
    const stream = await client.openStream(CHAT, { ...body, stream: true });
    const events = await stream.rest();
    if (events.at(-1) === '[DONE]') this.answered.add(number);
    else if (stream.status !== 200) await sleep(50);
  }
}

function numberOf(request: UpstreamRequest): number {
  const [message] = (request.json?.messages ?? []) as { content: string }[];
  return Number(/^call (\d+) /.exec(message?.content ?? '')?.[1]);
}

/** What the upstream bills for a call. */
export function tokensOf(number: number): { promptTokens: number; completionTokens: number } {
  return {
    promptTokens: 1 + (number % PROMPT_SIZES),
    completionTokens: 1 + (Math.floor(number / PROMPT_SIZES) % LARGEST_COMPLETION),
  };
}

/** The call that is billed so. */
export function numberBilled({ promptTokens, completionTokens }: ReturnType<typeof tokensOf>): number {
  return promptTokens - 1 + (completionTokens - 1) * PROMPT_SIZES;
}
