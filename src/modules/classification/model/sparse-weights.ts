/** The weights of several outputs by bucket, without those that are 0: with many outputs most are. */
export class SparseWeights {
  /** Where the entries of each bucket begin; those of the last one end at the last number. */
  private readonly starts: Uint32Array;
  private readonly entryOutputs: Uint8Array;
  private readonly entryWeights: Int8Array;

  /**
   * @param weights the outputs of one bucket side by side
   * @param shift bits that the buckets of the features have and those of the weights do not
   */
  constructor(
    weights: Int8Array,
    outputs: number,
    private readonly shift: number,
  ) {
    const buckets = weights.length / outputs;
    const entries = weights.reduce((count, weight) => count + Number(weight !== 0), 0);
    this.starts = new Uint32Array(buckets + 1);
    this.entryOutputs = new Uint8Array(entries);
    this.entryWeights = new Int8Array(entries);
    let entry = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      for (let output = 0; output < outputs; output++) {
        const weight = weights[bucket * outputs + output];
        if (weight === 0) continue;
        this.entryOutputs[entry] = output;
        this.entryWeights[entry++] = weight;
      }
      this.starts[bucket + 1] = entry;
    }
  }

  /** Adds the weights of the first `count` buckets, times their values, to the sums of the outputs. */
  addTo(sums: Float64Array, count: number, buckets: Int32Array, values?: Float32Array): void {
    const { starts, entryOutputs, entryWeights, shift } = this;
    for (let at = 0; at < count; at++) {
      const bucket = buckets[at] >>> shift;
      const end = starts[bucket + 1];
      const value = values === undefined ? 1 : values[at];
      for (let entry = starts[bucket]; entry < end; entry++) {
        sums[entryOutputs[entry]] += entryWeights[entry] * value;
      }
    }
  }
}
