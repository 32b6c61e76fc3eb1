import { differences } from './differences.js';

const before = { scopes: ['chat'], limit: 1, at: new Date(5), name: 'a' };

it('tells what changed, and from what to what', () => {
  const after = { scopes: ['chat', 'embeddings'], limit: 1, at: new Date(5), name: 'b' };
  expect(differences(before, after, ['scopes', 'limit', 'at'])).toEqual({
    scopes: { from: ['chat'], to: ['chat', 'embeddings'] },
  });
});

it('is null when nothing did', () => {
  expect(differences(before, { ...before, scopes: ['chat'], at: new Date(5) }, ['scopes', 'limit', 'at'])).toBeNull();
});
