import { isJsonObject } from '../../json/json-object.js';
import { BoundedText } from '../../metering/bounded-text.js';
import type { ChatRequest } from './chat-request.js';

/** The prompt's text: all messages, one under the other, cut in the middle when it is long. For the analysis. */
export function promptText(request: ChatRequest): string {
  const text = new BoundedText();
  if (request.prompt !== undefined) {
    text.append(request.prompt.text);
    return text.toString().trimEnd();
  }
  for (const { content } of request.messages) {
    if (typeof content === 'string') {
      text.append(`${content}\n`);
    } else if (Array.isArray(content)) {
      for (const part of content as unknown[]) {
        if (isJsonObject(part) && typeof part.text === 'string') text.append(`${part.text}\n`);
      }
    }
  }
  return text.toString().trimEnd();
}
