import { AnthropicStreamReader } from '../dialects/anthropic-messages/anthropic-stream-reader.js';
import type { JsonObject } from '../json/json-object.js';
import { completionOf } from '../providers/anthropic/completion.js';
import type { WireFormat } from '../providers/provider.js';
import { OPENAI_STREAM } from './stream-reader.js';
import type { StreamReader } from './stream-reader.js';

/** How a stream of an upstream is read. */
export function streamReaderOf(format: WireFormat): StreamReader {
  return format === 'messages' ? new AnthropicStreamReader() : OPENAI_STREAM;
}

/** What the tally takes in of a whole answer. */
export function completionIn(format: WireFormat, answer: JsonObject): JsonObject {
  return format === 'messages' ? completionOf(answer) : answer;
}
