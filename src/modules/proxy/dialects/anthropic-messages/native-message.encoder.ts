import type { DomainError } from '../../../../common/errors/domain-error.js';
import { anthropicError } from '../../../../common/errors/render-error.js';
import type { JsonObject } from '../../json/json-object.js';
import type { AnswerEncoder } from '../dialect.js';
import { namedEvent } from '../sse-bytes.js';

/** Passes on what Anthropic itself sent. */
export class NativeMessageEncoder implements AnswerEncoder {
  whole(_answer: JsonObject, bytes: Buffer): Buffer {
    return bytes;
  }

  chunk(_chunk: JsonObject, raw: Buffer): Buffer {
    return raw;
  }

  comment(raw: Buffer): Buffer {
    return raw;
  }

  end(raw: Buffer): Buffer {
    return raw;
  }

  error(error: DomainError): Buffer {
    return Buffer.from(namedEvent('error', anthropicError(error)));
  }
}
