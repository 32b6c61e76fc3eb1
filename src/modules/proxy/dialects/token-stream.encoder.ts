import type { DomainError } from '../../../common/errors/domain-error.js';
import type { JsonObject } from '../json/json-object.js';
import { textOf } from './completion-reader.js';
import type { AnswerEncoder } from './dialect.js';
import { dataEvent } from './sse-bytes.js';

/** The frame that ends a stream, given all of its text. */
export type LastFrame = (text: string) => JsonObject;

/** Streams of `{"token": …}` frames and one last frame, without [DONE]; a failure ends them with `{"error": …}`. */
export class TokenStreamEncoder implements AnswerEncoder {
  private readonly pieces: string[] = [];

  constructor(
    private readonly body: (completion: JsonObject) => JsonObject,
    private readonly lastFrame: LastFrame,
    private readonly explain: (error: DomainError) => DomainError,
  ) {}

  whole(completion: JsonObject): Buffer {
    return Buffer.from(JSON.stringify(this.body(completion)));
  }

  chunk(chunk: JsonObject): Buffer | null {
    const token = textOf(chunk);
    if (token === '') return null;
    this.pieces.push(token);
    return dataEvent({ token });
  }

  comment(): null {
    return null;
  }

  end(): Buffer {
    return dataEvent(this.lastFrame(this.pieces.join('')));
  }

  error(error: DomainError): Buffer {
    return dataEvent({ error: this.explain(error).message });
  }
}
