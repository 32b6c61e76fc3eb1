/** How a wire format writes a choice. */
export interface SimulatedShape {
  readonly idPrefix: string;
  readonly object: string;
  readonly chunkObject: string;
  /** The choice of a whole answer. */
  whole(text: string): object;
  /** What a stream begins a choice with, if anything. */
  readonly first?: object;
  piece(text: string): object;
  /** What a stream ends a choice with. */
  readonly last: object;
}

export const CHAT_SHAPE: SimulatedShape = {
  idPrefix: 'chatcmpl',
  object: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
  whole: (content) => ({ message: { role: 'assistant', content, refusal: null } }),
  first: { delta: { role: 'assistant', content: '' } },
  piece: (content) => ({ delta: { content } }),
  last: { delta: {} },
};

/** The older completions. */
export const TEXT_SHAPE: SimulatedShape = {
  idPrefix: 'cmpl',
  object: 'text_completion',
  chunkObject: 'text_completion',
  whole: (text) => ({ text }),
  piece: (text) => ({ text, logprobs: null }),
  last: { text: '', logprobs: null },
};
