import { ConcurrencyGate } from './concurrency-gate.js';

describe('ConcurrencyGate', () => {
  const tick = () => new Promise((resolve) => setImmediate(resolve));

  function heldTasks(gate: ConcurrencyGate, count: number) {
    const finish: (() => void)[] = [];
    const started: number[] = [];
    const results = Array.from({ length: count }, (_none, index) =>
      gate.run(async () => {
        started.push(index);
        await new Promise<void>((resolve) => finish.push(resolve));
        return index;
      }),
    );
    return { finish, started, results };
  }

  it('runs no more at a time than it may, and the rest in order', async () => {
    const { finish, started, results } = heldTasks(new ConcurrencyGate(2, 10, () => new Error('full')), 4);
    await tick();
    expect(started).toEqual([0, 1]);
    finish[0]?.();
    await tick();
    expect(started).toEqual([0, 1, 2]);
    finish[1]?.();
    finish[2]?.();
    await tick();
    finish[3]?.();
    await expect(Promise.all(results)).resolves.toEqual([0, 1, 2, 3]);
  });

  it('refuses what does not fit into the queue', async () => {
    const gate = new ConcurrencyGate(1, 1, () => new Error('full'));
    const { finish, results } = heldTasks(gate, 2);
    await tick();
    await expect(gate.run(() => Promise.resolve())).rejects.toThrow('full');
    finish[0]?.();
    await tick();
    finish[1]?.();
    await Promise.all(results);
  });

  it('gives the place of a failed task away', async () => {
    const gate = new ConcurrencyGate(1, 1, () => new Error('full'));
    await expect(gate.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(gate.run(() => Promise.resolve('next'))).resolves.toBe('next');
  });
});
