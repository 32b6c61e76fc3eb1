import { Logger } from '@nestjs/common';
import type { Hold, Settlement } from '../../usage/admission/admission.types.js';
import type { SettlementService } from '../../usage/settlement/settlement.service.js';
import { validateChatRequest } from '../dialects/openai-chat/chat-request.validator.js';
import type { ModelTarget } from '../models/model.js';
import { MeteredCall } from './metered-call.js';

const PRICE = {
  version: 'v1',
  inputNanoUsdPerToken: 1_000,
  cachedInputNanoUsdPerToken: 500,
  outputNanoUsdPerToken: 4_000,
};
const TARGET: ModelTarget = { provider: 'openai', upstreamModel: 'up', price: PRICE };
const COMPLETED = { status: 'completed', httpStatus: 200, errorCode: null } as const;
const ABORTED = { status: 'client_aborted', httpStatus: 499, errorCode: 'client_aborted' } as const;
const FAILED = { status: 'upstream_error', httpStatus: 502, errorCode: 'upstream_error' } as const;

/** Stands in for the durable queue: what is handed over is what would be billed. */
class Bills implements Pick<SettlementService, 'settle'> {
  readonly written: Settlement[] = [];

  settle(_hold: Hold, settlement: Settlement): Promise<void> {
    this.written.push(settlement);
    return Promise.resolve();
  }
}

function admittedCall() {
  const body = { model: 'm', messages: [{ role: 'user', content: 'Hello there' }], n: 2 };
  const request = validateChatRequest(body, Buffer.from(JSON.stringify(body)));
  const route = { model: 'm', targets: [TARGET] as const, contextTokens: 1_000, defaultCompletionTokens: 100 };
  const hold = {
    request: { requestId: 'id', promptTokensCounted: 7, promptTokensReserved: 67, choices: 2 },
    completionTokensAllowed: 10,
  } as Hold;
  const bills = new Bills();
  const call = new MeteredCall(request, route, hold, bills as unknown as SettlementService, performance.now());
  return { call, bills };
}

const usageChunk = (prompt_tokens: number, completion_tokens?: number) => ({
  choices: [],
  usage: { prompt_tokens, completion_tokens },
});
const textChunk = (content: string) => ({ choices: [{ delta: { content } }] });

describe('MeteredCall', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  it('bills what the upstream told', async () => {
    const { call, bills } = admittedCall();
    call.dispatchedTo(TARGET);
    call.tally.addChunk(textChunk('Hi'));
    call.tally.addChunk(usageChunk(12, 3));
    await call.settle(COMPLETED);
    expect(bills.written).toMatchObject([
      {
        status: 'completed',
        usageSource: 'upstream',
        usage: { promptTokens: 12, completionTokens: 3 },
        promptText: 'Hello there',
        completionText: 'Hi',
        upstreamModel: 'up',
        price: PRICE,
      },
    ]);
    expect(call.costUsd()).toBeCloseTo((12 * 1_000 + 3 * 4_000) / 1e9, 12);
  });

  it('counts what was delivered when the upstream told nothing, but never more than the hold', async () => {
    const { call, bills } = admittedCall();
    call.dispatchedTo(TARGET);
    call.tally.addChunk(textChunk('x'.repeat(4_000)));
    await call.settle(COMPLETED);
    expect(bills.written).toMatchObject([{ usageSource: 'counted', usage: { promptTokens: 7, completionTokens: 20 } }]);
  });

  it('counts the completion when only the prompt was told', async () => {
    const { call, bills } = admittedCall();
    call.dispatchedTo(TARGET);
    call.tally.addChunk(textChunk('a'));
    call.tally.addChunk(usageChunk(12));
    await call.settle(COMPLETED);
    expect(bills.written).toMatchObject([{ usageSource: 'counted', usage: { promptTokens: 12, completionTokens: 1 } }]);
  });

  it('marks a usage that cannot be true', async () => {
    const { call, bills } = admittedCall();
    call.dispatchedTo(TARGET);
    call.tally.addChunk(textChunk('a'));
    call.tally.addChunk(usageChunk(-1, 1));
    await call.settle(COMPLETED);
    expect(bills.written).toMatchObject([
      { usageSource: 'counted', errorCode: 'upstream_usage_refused', usage: { promptTokens: 7, completionTokens: 1 } },
    ]);
  });

  it('bills the prompt of a client that leaves before the first word, and what it got of one that leaves later', async () => {
    const early = admittedCall();
    early.call.dispatchedTo(TARGET);
    await early.call.settle(ABORTED);
    expect(early.bills.written).toMatchObject([{ usage: { promptTokens: 7, completionTokens: 0 } }]);
    const late = admittedCall();
    late.call.dispatchedTo(TARGET);
    late.call.tally.addChunk(textChunk('a'));
    await late.call.settle(ABORTED);
    expect(late.bills.written).toMatchObject([{ usage: { promptTokens: 7, completionTokens: 1 } }]);
  });

  it('bills nothing when the upstream failed before it delivered anything', async () => {
    const { call, bills } = admittedCall();
    call.dispatchedTo(TARGET);
    await call.settle(FAILED);
    expect(bills.written).toMatchObject([{ usage: { promptTokens: 0, completionTokens: 0 } }]);
  });

  it('bills what was delivered before the upstream failed', async () => {
    const { call, bills } = admittedCall();
    call.dispatchedTo(TARGET);
    call.tally.addChunk(textChunk('a'));
    await call.settle(FAILED);
    expect(bills.written).toMatchObject([{ usage: { promptTokens: 7, completionTokens: 1 } }]);
  });

  it('is settled once, by whoever comes first', async () => {
    const { call, bills } = admittedCall();
    call.dispatchedTo(TARGET);
    await Promise.all([call.settle(ABORTED), call.settle(COMPLETED)]);
    await call.releaseIfUnsettled({ httpStatus: 500, errorCode: null });
    expect(bills.written.map(({ status }) => status)).toEqual(['client_aborted']);
  });

  it('releases what nobody settled, for nothing and without its text', async () => {
    const { call, bills } = admittedCall();
    await call.releaseIfUnsettled({ httpStatus: 500, errorCode: 'internal_error' });
    expect(bills.written).toMatchObject([
      { status: 'not_dispatched', usage: { promptTokens: 0, completionTokens: 0 }, promptText: '', httpStatus: 500 },
    ]);
  });
});
