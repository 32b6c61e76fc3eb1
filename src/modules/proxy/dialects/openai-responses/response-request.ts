import type { JsonObject } from '../../json/json-object.js';
import type { ChatRequest } from '../openai-chat/chat-request.js';

/** A chat that was asked for as a response. */
export interface ResponseRequest extends ChatRequest {
  /** The body as the client sent it: an answer repeats much of it. */
  readonly asked: JsonObject;
}
