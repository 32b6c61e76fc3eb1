import { CompletionTally } from './completion-tally.js';

const delta = (delta: object, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta, finish_reason }],
});

describe('CompletionTally', () => {
  it('counts at least one token for each delta, and one for every four bytes', () => {
    const tally = new CompletionTally();
    for (const content of ['a', 'b', 'c']) tally.addChunk(delta({ content }));
    expect(tally.completionTokens).toBe(3);
    tally.addChunk(delta({ content: 'x'.repeat(397) }));
    expect(tally.completionTokens).toBe(100);
    expect(tally.completionText).toBe(`abc${'x'.repeat(397)}`);
  });

  it.each([
    ['text', { content: 'a' }],
    ['a refusal', { refusal: 'no' }],
    ['reasoning', { reasoning_content: 'hm' }],
    ['a tool call', { tool_calls: [{ index: 0, function: { name: 'f', arguments: '' } }] }],
    ['arguments', { tool_calls: [{ index: 0, function: { arguments: '{"' } }] }],
    ['a function call', { function_call: { arguments: '{"' } }],
  ])('takes %s for content', (_what, content) => {
    const tally = new CompletionTally();
    expect(tally.addChunk(delta(content))).toBe(true);
    expect(tally.completionTokens).toBe(1);
  });

  it.each([
    ['the role', delta({ role: 'assistant', content: '' })],
    ['a usage chunk', { choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } }],
    ['nonsense', { choices: [null, 3, { delta: 'x' }] }],
  ])('does not take %s for content', (_what, chunk) => {
    const tally = new CompletionTally();
    expect(tally.addChunk(chunk)).toBe(false);
    expect(tally.completionTokens).toBe(0);
  });

  it('takes the end of a choice for content: an empty answer is an answer', () => {
    expect(new CompletionTally().addChunk(delta({}, 'stop'))).toBe(true);
  });

  it('believes the last usage that was told', () => {
    const tally = new CompletionTally();
    tally.addChunk({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } });
    tally.addChunk({ choices: [], usage: null });
    tally.addChunk({ choices: [], usage: { prompt_tokens: 2, completion_tokens: 9 } });
    expect(tally.usage).toMatchObject({ promptTokens: 2, completionTokens: 9 });
  });

  it('takes running and repeated usage for what it is: never added up', () => {
    const tally = new CompletionTally();
    for (const completion_tokens of [1, 2, 3, 3, 3]) {
      tally.addChunk({ ...delta({ content: 'x' }), usage: { prompt_tokens: 7, completion_tokens } });
    }
    tally.addChunk({ choices: [], usage: { completion_tokens: 4 } });
    expect(tally.usage).toMatchObject({ promptTokens: 7, completionTokens: 4 });
    expect(tally.usageRefused).toBe(false);
  });

  it.each([
    [
      { prompt_tokens: 7, completion_tokens: 9 },
      { prompt_tokens: 7, completion_tokens: 2 },
    ],
    [
      { prompt_tokens: 7, completion_tokens: 9 },
      { prompt_tokens: 1, completion_tokens: 9 },
    ],
    [
      { prompt_tokens: -7, completion_tokens: 9 },
      { prompt_tokens: 7, completion_tokens: 9 },
    ],
  ])('believes nothing of usages that contradict each other: %j, %j', (first, second) => {
    const tally = new CompletionTally();
    tally.addChunk({ choices: [], usage: first });
    tally.addChunk({ choices: [], usage: second });
    expect(tally.usage).toBeUndefined();
    expect(tally.usageRefused).toBe(true);
  });

  it('believes nothing of a usage that cannot be true', () => {
    const tally = new CompletionTally();
    tally.addChunk({ choices: [], usage: { prompt_tokens: -2, completion_tokens: 9 } });
    expect(tally.usage).toBeUndefined();
    expect(tally.usageRefused).toBe(true);
  });

  it('counts each choice of a whole answer', () => {
    const tally = new CompletionTally();
    tally.addCompletion({ choices: [{ message: { content: 'a' } }, { message: { content: 'b' } }] });
    expect(tally.completionTokens).toBe(2);
  });
});
