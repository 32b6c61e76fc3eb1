import { readUsage } from './usage-reader.js';

describe('readUsage', () => {
  it('reads all that OpenAI tells', () => {
    expect(
      readUsage({
        prompt_tokens: 100,
        completion_tokens: 20,
        total_tokens: 120,
        prompt_tokens_details: { cached_tokens: 60 },
        completion_tokens_details: { reasoning_tokens: 12 },
      }),
    ).toEqual({
      promptTokens: 100,
      completionTokens: 20,
      cachedPromptTokens: 60,
      reasoningTokens: 12,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
    });
  });

  it.each([undefined, null, 'x', 3, [], {}, { total_tokens: 5 }])('finds nothing in %j', (usage) => {
    expect(readUsage(usage)).toBeUndefined();
  });

  it('leaves open what was not told', () => {
    expect(readUsage({ prompt_tokens: 7, prompt_tokens_details: null })).toMatchObject({
      promptTokens: 7,
      completionTokens: null,
    });
  });

  it.each([-1, 1.5, '5', true, 10_000_001, {}])('refuses a usage with %j in it', (value) => {
    expect(readUsage({ prompt_tokens: value, completion_tokens: 1 })).toBe('refused');
    expect(readUsage({ prompt_tokens: 1, completion_tokens: value })).toBe('refused');
    const details = { prompt_tokens: 5, completion_tokens: 5, prompt_tokens_details: { cached_tokens: value } };
    expect(readUsage(details)).toBe('refused');
  });

  it('reads what was written to a cache, for five minutes and for an hour', () => {
    const details = { cached_tokens: 20, cache_write_tokens: 50, cache_write_1h_tokens: 30 };
    expect(readUsage({ prompt_tokens: 100, completion_tokens: 1, prompt_tokens_details: details })).toMatchObject({
      cachedPromptTokens: 20,
      cacheWrite5mTokens: 20,
      cacheWrite1hTokens: 30,
    });
    expect(readUsage({ prompt_tokens: 40, completion_tokens: 1, prompt_tokens_details: details })).toMatchObject({
      cachedPromptTokens: 20,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 20,
    });
    const poisoned = { ...details, cache_write_tokens: -1 };
    expect(readUsage({ prompt_tokens: 100, completion_tokens: 1, prompt_tokens_details: poisoned })).toBe('refused');
  });

  it('never lets the details be more than the whole', () => {
    const usage = { prompt_tokens: 5, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 9 } };
    expect(readUsage(usage)).toMatchObject({ cachedPromptTokens: 5 });
  });
});
