import { isJsonObject } from '../json/json-object.js';
import type { JsonObject } from '../json/json-object.js';

/** The first choice of a completion or a chunk; an empty object when there is none. */
export function firstChoice(answer: JsonObject): JsonObject {
  const [choice] = Array.isArray(answer.choices) ? (answer.choices as unknown[]) : [];
  return isJsonObject(choice) ? choice : {};
}

/** What the first choice says: its `message`, or the `delta` of a chunk. */
export function messageOf(answer: JsonObject): JsonObject {
  const { message, delta } = firstChoice(answer);
  if (isJsonObject(message)) return message;
  return isJsonObject(delta) ? delta : {};
}

/** The text of the first choice; what is not text is left out. */
export function textOf(answer: JsonObject): string {
  const { content } = messageOf(answer);
  return typeof content === 'string' ? content : '';
}

/** A piece of a tool call, as a chunk or a message has it. */
export interface ToolCallPiece {
  readonly index: number;
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly arguments: string;
}

/** The calls of functions in the first choice. */
export function toolCallsOf(answer: JsonObject): ToolCallPiece[] {
  const { tool_calls: calls } = messageOf(answer);
  if (!Array.isArray(calls)) return [];
  return (calls as unknown[]).flatMap((call, position) => {
    if (!isJsonObject(call)) return [];
    const called = isJsonObject(call.function) ? call.function : {};
    return [
      {
        index: typeof call.index === 'number' ? call.index : position,
        id: textOrNothing(call.id),
        name: textOrNothing(called.name),
        arguments: textOrNothing(called.arguments) ?? '',
      },
    ];
  });
}

export function finishReasonOf(answer: JsonObject): string | undefined {
  return textOrNothing(firstChoice(answer).finish_reason);
}

function textOrNothing(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
