/** What Anthropic asks for input that its cache keeps for five minutes and for an hour, for a model of this input price. */
export function anthropicCacheWrites(input: number): { readonly cacheWrite5m: number; readonly cacheWrite1h: number } {
  return { cacheWrite5m: input * 1.25, cacheWrite1h: input * 2 };
}
