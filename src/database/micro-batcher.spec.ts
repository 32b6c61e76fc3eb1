import { setTimeout as sleep } from 'node:timers/promises';
import { MicroBatcher } from './micro-batcher.js';

interface Batch {
  readonly items: number[];
  end(): void;
}

describe('MicroBatcher', () => {
  let sent: Batch[];
  let batcher: MicroBatcher<number, string>;
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const sizes = (): number[] => sent.map(({ items }) => items.length);
  const answersTo = (count: number): Promise<string[]> =>
    Promise.all(Array.from({ length: count }, (_, item) => batcher.submit(item)));
  const submit = (count: number): void => void answersTo(count);

  beforeEach(() => {
    sent = [];
    const flush = (items: number[]): Promise<string[]> =>
      new Promise((resolve) => sent.push({ items, end: () => resolve(items.map((item) => `done ${item}`)) }));
    batcher = new MicroBatcher(flush, { lanes: 2, largestBatch: 50 });
  });

  it('sends what arrives in one turn together, and answers each item with its own result', async () => {
    const answers = answersTo(3);
    await turn();
    expect(sizes()).toEqual([3]);
    sent[0].end();
    expect(await answers).toEqual(['done 0', 'done 1', 'done 2']);
  });

  it('sends what came meanwhile when the batch under way has ended', async () => {
    submit(1);
    await turn();
    submit(4);
    await turn();
    expect(sizes()).toEqual([1]);
    sent[0].end();
    await turn();
    expect(sizes()).toEqual([1, 4]);
  });

  it('opens another lane for enough items, and never more lanes than it has', async () => {
    submit(1);
    await turn();
    submit(32);
    await turn();
    expect(sizes()).toEqual([1, 32]);
    submit(60);
    await sleep(30);
    expect(sizes()).toEqual([1, 32]);
    sent[0].end();
    await turn();
    expect(sizes()).toEqual([1, 32, 50]);
  });

  it('does not wait long for a batch that does not end', async () => {
    submit(1);
    await turn();
    submit(2);
    await sleep(100);
    expect(sizes()).toEqual([1, 2]);
  });

  it('gives back what no batch carries yet', async () => {
    submit(1);
    await turn();
    submit(2);
    expect([batcher.waitingCount, batcher.withdraw(1), batcher.withdraw(1), batcher.waitingCount]).toEqual([
      2,
      true,
      false,
      1,
    ]);
  });
});
