import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import { invalidValue, isGiven, wrongType } from '../openai-fields.js';
import { unsupported } from './chat-messages.js';

const CHOICES: Readonly<Record<string, string>> = { auto: 'auto', any: 'required', none: 'none' };

/**
 * The tools of a Messages request, and how they are chosen, in a chat's terms.
 * @throws DomainError invalid_request for tools that the provider would run itself
 */
export function chatToolsOf({ tools, tool_choice: choice }: JsonObject): JsonObject {
  if (!isGiven(tools)) return {};
  if (!Array.isArray(tools)) throw wrongType('tools', 'an array');
  if (tools.length === 0) return {};
  return { tools: tools.map(toolOf), ...(isGiven(choice) && choiceOf(choice)) };
}

function toolOf(tool: unknown, index: number): JsonObject {
  const name = `tools[${index}]`;
  if (!isJsonObject(tool)) throw wrongType(name, 'an object');
  if (isGiven(tool.type) && tool.type !== 'custom') throw unsupported(`${name}.type`, 'A tool run by the provider');
  if (typeof tool.name !== 'string') throw wrongType(`${name}.name`, 'a string');
  return {
    type: 'function',
    function: {
      name: tool.name,
      ...(typeof tool.description === 'string' && { description: tool.description }),
      parameters: isJsonObject(tool.input_schema) ? tool.input_schema : { type: 'object', properties: {} },
    },
  };
}

function choiceOf(choice: unknown): JsonObject {
  if (!isJsonObject(choice)) throw wrongType('tool_choice', 'an object');
  const { type, name, disable_parallel_tool_use: oneAtATime } = choice;
  const word = typeof type === 'string' ? CHOICES[type] : undefined;
  if (word === undefined && type !== 'tool') throw invalidValue('tool_choice.type', 'must be auto, any, tool or none');
  return {
    tool_choice: word ?? { type: 'function', function: { name } },
    ...(oneAtATime === true && { parallel_tool_calls: false }),
  };
}
