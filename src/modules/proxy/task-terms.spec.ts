import fc from 'fast-check';
import { withinTask } from './task-terms.js';

const task = (maxTokensPerRequest: number | null) => ({
  taskId: 1,
  allowedIntents: [],
  tokenLimit: null,
  maxTokensPerRequest,
});

const reserve = (promptTokensReserved: number, completionTokensWanted: number, choices = 1) => ({
  promptTokensReserved,
  completionTokensWanted,
  choices,
});

describe('withinTask', () => {
  it('leaves calls without a task, or under a task without a limit, as they are', () => {
    expect(withinTask(reserve(50, 500), null)).toEqual(reserve(50, 500));
    expect(withinTask(reserve(50, 500), task(null))).toEqual(reserve(50, 500));
  });

  it('cuts the answer down to what the prompt leaves', () => {
    expect(withinTask(reserve(60, 500), task(100))).toEqual(reserve(60, 40));
    expect(withinTask(reserve(60, 30), task(100))).toEqual(reserve(60, 30));
    expect(withinTask(reserve(60, 500, 3), task(100))).toEqual(reserve(60, 13, 3));
  });

  it('refuses a prompt that leaves nothing, and says why', () => {
    expect(() => withinTask(reserve(100, 500), task(100))).toThrow(/allows 100 tokens per request.*may be 100/);
    expect(() => withinTask(reserve(98, 500, 3), task(100))).toThrow(/100 tokens/);
    // What completes nothing needs no room for an answer.
    expect(withinTask(reserve(100, 0), task(100))).toEqual(reserve(100, 0));
  });

  it('never reserves more than the task allows', () => {
    const size = fc.integer({ min: 0, max: 5_000 });
    fc.assert(
      fc.property(size, size, fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 5_000 }), (p, c, n, limit) => {
        try {
          const { promptTokensReserved, completionTokensWanted, choices } = withinTask(reserve(p, c, n), task(limit));
          expect(promptTokensReserved + completionTokensWanted * choices).toBeLessThanOrEqual(limit);
        } catch (error) {
          expect(error).toMatchObject({ kind: 'invalid_request' });
          expect(p + Math.min(c, 1) * n).toBeGreaterThan(limit);
        }
      }),
    );
  });
});
