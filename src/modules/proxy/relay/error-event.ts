import type { DomainError } from '../../../common/errors/domain-error.js';
import { openAiError } from '../../../common/errors/render-error.js';

/** The event that ends a stream which cannot be finished: SDKs throw on it. No [DONE] follows. */
export function errorEvent(error: DomainError): Buffer {
  return Buffer.from(`data: ${JSON.stringify({ error: openAiError(error) })}\n\n`);
}
