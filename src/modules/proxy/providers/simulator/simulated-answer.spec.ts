import { simulate } from './simulated-answer.js';

const REQUEST = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Good morning' }] };

describe('simulate', () => {
  it('says that it is a simulator, and always the same', () => {
    const answer = simulate(REQUEST);
    expect(answer.choices[0].join('')).toMatch(/^\[simulator\].*Good morning$/);
    expect(simulate(REQUEST)).toEqual(answer);
    expect(answer.finishReason).toBe('stop');
  });

  it('tells a usage that is true', () => {
    const { usage, choices } = simulate({ ...REQUEST, n: 2 });
    expect(choices).toHaveLength(2);
    expect(usage.completion_tokens).toBe(2 * choices[0].length);
    expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens);
  });

  it('stops at the limit', () => {
    const answer = simulate({ ...REQUEST, max_tokens: 3 });
    expect(answer.usage.completion_tokens).toBe(3);
    expect(answer.finishReason).toBe('length');
  });

  it('answers each prompt of an older completion', () => {
    const { choices, usage } = simulate({ model: 'm', prompt: ['Good morning', 'Good night'], n: 2 });
    expect(choices.map((tokens) => tokens.join('').split(' ').at(-1))).toEqual([
      'morning',
      'morning',
      'night',
      'night',
    ]);
    expect(usage.completion_tokens).toBe(choices.flat().length);
    expect(simulate({ prompt: [1, 2, 3] }).choices).toHaveLength(1);
  });

  it('never cuts a character', () => {
    const answer = simulate({ ...REQUEST, messages: [{ role: 'user', content: '😀'.repeat(20) }] });
    expect(answer.choices[0].every((token) => token.isWellFormed())).toBe(true);
  });
});
