import { addAbortSignal, Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Provider, ProviderAnswer, ProviderCall, WireFormat } from '../provider.js';
import { simulate } from './simulated-answer.js';
import type { SimulatedAnswer } from './simulated-answer.js';
import { simulateEmbeddings } from './simulated-embeddings.js';
import { CHAT_SHAPE, TEXT_SHAPE } from './simulated-shapes.js';
import type { SimulatedShape } from './simulated-shapes.js';

const FINGERPRINT = 'simulator';

/** Answers without any network, in OpenAI's wire formats and clearly marked, so that a fresh checkout can be tried. */
export class SimulatorProvider implements Provider {
  readonly name = 'simulator';
  readonly servesUnlistedNames = false;

  speaks(format: WireFormat): boolean {
    return format === 'chat/completions' || format === 'completions' || format === 'embeddings';
  }

  hasFreshKey(): boolean {
    return false;
  }

  send(call: ProviderCall, signal: AbortSignal): Promise<ProviderAnswer> {
    return Promise.resolve({ body: addAbortSignal(signal, Readable.from(piecesOf(call))) });
  }

  listModels(): Promise<string[]> {
    return Promise.resolve([]);
  }

  retire(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

interface Facts {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly system_fingerprint: string;
}

function piecesOf({ format, stream, body, requestId }: ProviderCall): AsyncGenerator<Buffer> | Buffer[] {
  const request: unknown = JSON.parse(body.toString());
  if (format === 'embeddings') return [Buffer.from(JSON.stringify(simulateEmbeddings(request)))];
  const shape = format === 'completions' ? TEXT_SHAPE : CHAT_SHAPE;
  const answer = simulate(request);
  const facts: Facts = {
    id: `${shape.idPrefix}-${requestId}`,
    created: Math.floor(Date.now() / 1_000),
    model: answer.model,
    system_fingerprint: FINGERPRINT,
  };
  return stream ? streamOf(answer, facts, shape) : [Buffer.from(JSON.stringify(completionOf(answer, facts, shape)))];
}

function completionOf(answer: SimulatedAnswer, facts: Facts, shape: SimulatedShape) {
  return {
    ...facts,
    object: shape.object,
    choices: answer.choices.map((pieces, index) => ({
      index,
      ...shape.whole(pieces.join('')),
      logprobs: null,
      finish_reason: answer.finishReason,
    })),
    usage: answer.usage,
  };
}

async function* streamOf(answer: SimulatedAnswer, facts: Facts, shape: SimulatedShape): AsyncGenerator<Buffer> {
  const event = (choices: unknown[], usage: unknown) =>
    Buffer.from(`data: ${JSON.stringify({ ...facts, object: shape.chunkObject, choices, usage })}\n\n`);
  for (const [index, pieces] of answer.choices.entries()) {
    if (shape.first !== undefined) yield event([{ index, ...shape.first, finish_reason: null }], null);
    for (const text of pieces) {
      await nextTurn();
      yield event([{ index, ...shape.piece(text), finish_reason: null }], null);
    }
    yield event([{ index, ...shape.last, finish_reason: answer.finishReason }], null);
  }
  if (answer.tellsUsage) yield event([], answer.usage);
  yield Buffer.from('data: [DONE]\n\n');
}
