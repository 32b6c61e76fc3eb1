import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import { inexpressible } from './inexpressible.js';

const NO_PARAMETERS = { type: 'object', properties: {} };

/**
 * The tools of a chat request and how they are chosen. The older `functions` and `function_call` count too.
 * @throws DomainError invalid_request for tools other than functions
 */
export function toolsOf(chat: JsonObject): JsonObject {
  const tools = [...listOf(chat.tools).map(toolOf), ...listOf(chat.functions).map((tool) => functionTool(tool, {}))];
  if (tools.length === 0) return {};
  const choice = choiceOf(chat.tool_choice ?? chat.function_call);
  const oneAtATime = chat.parallel_tool_calls === false && choice?.type !== 'none';
  if (oneAtATime) return { tools, tool_choice: { ...(choice ?? { type: 'auto' }), disable_parallel_tool_use: true } };
  return choice === undefined ? { tools } : { tools, tool_choice: choice };
}

function toolOf(tool: JsonObject, index: number): JsonObject {
  if (tool.type !== 'function' || !isJsonObject(tool.function)) {
    throw inexpressible(`tools[${index}].type`, 'A tool that is not a function');
  }
  return functionTool(tool.function, tool);
}

function functionTool({ name, description, parameters }: JsonObject, { cache_control }: JsonObject): JsonObject {
  return {
    name,
    ...(typeof description === 'string' && { description }),
    input_schema: isJsonObject(parameters) ? { type: 'object', ...parameters } : NO_PARAMETERS,
    ...(isJsonObject(cache_control) && { cache_control }),
  };
}

function choiceOf(choice: unknown): JsonObject | undefined {
  if (choice === undefined || choice === null) return undefined;
  if (choice === 'required') return { type: 'any' };
  if (choice === 'auto' || choice === 'none') return { type: choice };
  const named = isJsonObject(choice) ? (choice.function ?? choice) : undefined;
  if (isJsonObject(named) && typeof named.name === 'string') return { type: 'tool', name: named.name };
  throw inexpressible('tool_choice', 'This choice of tools');
}

function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isJsonObject) : [];
}
