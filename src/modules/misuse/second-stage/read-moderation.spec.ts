import { InvalidAnswer } from './invalid-answer.js';
import { readModeration } from './read-moderation.js';

const answer = (scores: unknown) => ({ results: [{ category_scores: scores }] });

describe('readModeration', () => {
  it('gives the surest category and all that were scored; not what is about oneself in need', () => {
    expect(readModeration(answer({ violence: 0.2, hate: 0.4, 'self-harm': 0.99, 'new/category': 1 }))).toEqual({
      score: 0.4,
      category: 'hate',
      scored: ['hate', 'violence'],
    });
  });

  it.each([
    ['no object', 'fine'],
    ['no results', {}],
    ['two results', { results: [...answer({ hate: 0 }).results, ...answer({ hate: 0 }).results] }],
    ['no scores', answer(undefined)],
    ['no category that is known', answer({ 'self-harm': 0.1 })],
    ['a score that is no number', answer({ hate: '0' })],
    ['a score above 1', answer({ hate: 1.1 })],
    ['a score that is inherited', answer(Object.create({ hate: 0 }))],
  ])('refuses %s', (_, given) => {
    expect(() => readModeration(given)).toThrow(InvalidAnswer);
  });
});
