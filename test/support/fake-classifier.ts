import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the fake is asked, in either of its two calls. */
export interface ClassifierRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: {
    model: string;
    input?: string;
    messages?: { role: string; content: string }[];
    response_format?: { type: string; json_schema: { strict: boolean; schema: { additionalProperties: boolean } } };
    max_tokens?: number;
  };
  /** The text that is to be judged, without what is around it. */
  readonly text: string;
}

/** How it answers. */
export interface ClassifierBehaviour {
  /** Score of `illicit`; the others are 0.001. */
  readonly moderation: number;
  readonly intent: string;
  readonly injection: string;
  readonly confidence: number;
  /** Sent instead of the verdict's JSON; `RECEIPT` in it becomes the right one. */
  readonly content?: string;
  /** Sent instead of the whole body of one of the calls. */
  readonly rawModeration?: string;
  readonly rawCompletion?: string;
  readonly finishReason?: string;
  readonly status?: number;
  /** Never answers. */
  readonly hangs?: boolean;
  readonly usage?: unknown;
}

const USUAL: ClassifierBehaviour = { moderation: 0.001, intent: 'coding', injection: 'none', confidence: 0.95 };

type Script = (request: ClassifierRequest) => Partial<ClassifierBehaviour>;

/** OpenAI's moderation endpoint and a small model, on a loopback port. */
export class FakeClassifier {
  requests: ClassifierRequest[] = [];
  inFlight = 0;
  maxInFlight = 0;
  private script: Script = () => ({});

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeClassifier> {
    const server = createServer();
    const fake = new FakeClassifier(server);
    server.on('request', (message, response) => {
      // A test that is over may leave a connection in the middle.
      fake.serve(message, response).catch(() => response.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  behave(script: Script | Partial<ClassifierBehaviour>): this {
    this.script = typeof script === 'function' ? script : () => script;
    return this;
  }

  reset(): void {
    this.requests = [];
    this.maxInFlight = 0;
    this.script = () => ({});
  }

  asked(path: string): ClassifierRequest[] {
    return this.requests.filter((request) => request.path.endsWith(path));
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    this.inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
    response.once('close', () => (this.inFlight -= 1));
    const pieces: Buffer[] = [];
    for await (const piece of message) pieces.push(piece as Buffer);
    const body = JSON.parse(Buffer.concat(pieces).toString()) as ClassifierRequest['body'];
    const request = { path: message.url ?? '', headers: message.headers, body, text: textOf(body) };
    this.requests.push(request);
    const behaviour = { ...USUAL, ...this.script(request) };
    if (behaviour.hangs === true) return;
    const isModeration = request.path.endsWith('/moderations');
    const raw = isModeration ? behaviour.rawModeration : behaviour.rawCompletion;
    response.writeHead(behaviour.status ?? 200, { 'content-type': 'application/json' });
    response.end(raw ?? JSON.stringify(isModeration ? moderation(behaviour) : completion(behaviour, body)));
  }
}

function textOf({ input, messages }: ClassifierRequest['body']): string {
  if (input !== undefined) return input;
  const lines = (messages?.at(-1)?.content ?? '').split('\n');
  return lines.slice(1, -1).join('\n');
}

function moderation({ moderation: score }: ClassifierBehaviour) {
  const scores = {
    harassment: 0.001,
    hate: 0.001,
    illicit: score,
    'illicit/violent': 0.001,
    'self-harm': 0.9,
    violence: 0.001,
  };
  return { id: 'modr-1', model: 'fake', results: [{ flagged: score > 0.5, categories: {}, category_scores: scores }] };
}

function completion(behaviour: ClassifierBehaviour, { messages }: ClassifierRequest['body']) {
  const receipt = /^receipt: (\w+)$/m.exec(messages?.[0]?.content ?? '')?.[1];
  const { intent, injection, confidence } = behaviour;
  const content = behaviour.content ?? JSON.stringify({ receipt, intent, injection, confidence });
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'fake',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: content.replace('RECEIPT', receipt ?? '') },
        finish_reason: behaviour.finishReason ?? 'stop',
      },
    ],
    usage: behaviour.usage ?? { prompt_tokens: 400, completion_tokens: 40, total_tokens: 440 },
  };
}
