import { addAbortSignal, Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Provider, ProviderAnswer, ProviderCall, WireFormat } from '../provider.js';
import { simulate } from './simulated-answer.js';
import type { SimulatedAnswer } from './simulated-answer.js';

const FINGERPRINT = 'simulator';

/** Answers without any network, in OpenAI's wire format and clearly marked, so that a fresh checkout can be tried. */
export class SimulatorProvider implements Provider {
  readonly name = 'simulator';
  readonly servesUnlistedNames = false;

  speaks(format: WireFormat): boolean {
    return format === 'chat/completions';
  }

  hasFreshKey(): boolean {
    return false;
  }

  send(call: ProviderCall, signal: AbortSignal): Promise<ProviderAnswer> {
    const answer = simulate(JSON.parse(call.body.toString()));
    const facts = { id: `chatcmpl-${call.requestId}`, created: Math.floor(Date.now() / 1_000), model: answer.model };
    const pieces = call.stream ? streamOf(answer, facts) : [Buffer.from(JSON.stringify(completionOf(answer, facts)))];
    return Promise.resolve({ body: addAbortSignal(signal, Readable.from(pieces)) });
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
}

function completionOf(answer: SimulatedAnswer, facts: Facts) {
  return {
    ...facts,
    object: 'chat.completion',
    system_fingerprint: FINGERPRINT,
    choices: answer.choices.map((pieces, index) => ({
      index,
      message: { role: 'assistant', content: pieces.join(''), refusal: null },
      logprobs: null,
      finish_reason: answer.finishReason,
    })),
    usage: answer.usage,
  };
}

async function* streamOf(answer: SimulatedAnswer, facts: Facts): AsyncGenerator<Buffer> {
  const event = (choices: unknown[], usage: unknown) => {
    const chunk = { ...facts, object: 'chat.completion.chunk', system_fingerprint: FINGERPRINT, choices, usage };
    return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
  };
  for (const [index, pieces] of answer.choices.entries()) {
    yield event([{ index, delta: { role: 'assistant', content: '' }, finish_reason: null }], null);
    for (const content of pieces) {
      await nextTurn();
      yield event([{ index, delta: { content }, finish_reason: null }], null);
    }
    yield event([{ index, delta: {}, finish_reason: answer.finishReason }], null);
  }
  if (answer.tellsUsage) yield event([], answer.usage);
  yield Buffer.from('data: [DONE]\n\n');
}
