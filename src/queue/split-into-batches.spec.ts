import type { ClaimedItem } from './outbox.repository.js';
import { splitIntoBatches } from './split-into-batches.js';

const claimed = (outboxId: string, topic: string, attempts: number): ClaimedItem => ({
  outboxId,
  topic,
  attempts,
  lapsed: false,
  userId: 1,
  requestId: `request-${outboxId}`,
  admittedAt: '2026-01-01T00:00:00.000000Z',
});

const shape = (items: ClaimedItem[]) =>
  splitIntoBatches(items).map((batch) => [batch.topic, batch.items.map((item) => item.outboxId)]);

describe('splitIntoBatches', () => {
  it('makes no batch of nothing', () => {
    expect(splitIntoBatches([])).toEqual([]);
  });

  it('keeps the rows of a topic together, in order', () => {
    expect(shape([claimed('1', 'a', 0), claimed('2', 'b', 0), claimed('3', 'a', 0)])).toEqual([
      ['a', ['1', '3']],
      ['b', ['2']],
    ]);
  });

  it('sends each row that has failed before alone', () => {
    expect(shape([claimed('1', 'a', 2), claimed('2', 'a', 0), claimed('3', 'a', 1)])).toEqual([
      ['a', ['2']],
      ['a', ['1']],
      ['a', ['3']],
    ]);
  });

  it('hands on ids only', () => {
    expect(splitIntoBatches([claimed('1', 'a', 0)])[0].items[0]).toEqual({
      outboxId: '1',
      userId: 1,
      requestId: 'request-1',
      admittedAt: '2026-01-01T00:00:00.000000Z',
    });
  });
});
