const EMPTY = 0;

/** Numbers from 1 to 255 by hash, without objects: open addressing in a table that is a quarter full at most. */
export class HashTable {
  private readonly mask: number;
  private readonly keys: Int32Array;
  private readonly values: Uint8Array;

  constructor(entries: ReadonlyMap<number, number>) {
    const size = 2 ** Math.ceil(Math.log2(entries.size * 4 + 1));
    this.mask = size - 1;
    this.keys = new Int32Array(size);
    this.values = new Uint8Array(size);
    for (const [key, value] of entries) {
      let place = this.startOf(key);
      while (this.values[place] !== EMPTY) place = (place + 1) & this.mask;
      this.keys[place] = key;
      this.values[place] = value;
    }
  }

  /** 0 for an unknown hash. */
  get(key: number): number {
    let place = this.startOf(key);
    while (this.values[place] !== EMPTY) {
      if (this.keys[place] === key) return this.values[place];
      place = (place + 1) & this.mask;
    }
    return 0;
  }

  private startOf(key: number): number {
    return (key ^ (key >>> 15)) & this.mask;
  }
}
