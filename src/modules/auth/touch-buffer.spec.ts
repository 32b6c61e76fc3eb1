import { TouchBuffer } from './touch-buffer.js';

describe('TouchBuffer', () => {
  it('makes one write a minute of many sightings', () => {
    let nowMs = 0;
    const buffer = new TouchBuffer(60_000, 10, () => nowMs);
    buffer.note(1);
    buffer.note(1);
    buffer.note(2);
    expect(buffer.take()).toEqual([1, 2]);
    buffer.note(1);
    expect(buffer.take()).toEqual([]);
    nowMs = 60_000;
    buffer.note(1);
    expect(buffer.take()).toEqual([1]);
  });

  it('takes back what could not be written', () => {
    const buffer = new TouchBuffer(60_000, 10);
    buffer.note(1);
    buffer.giveBack(buffer.take());
    expect(buffer.take()).toEqual([1]);
  });

  it('is bounded', () => {
    const buffer = new TouchBuffer(60_000, 2);
    [1, 2, 3].forEach((id) => buffer.note(id));
    expect(buffer.take()).toEqual([1, 2]);
  });
});
