import { invalidRequest } from '../../../../common/errors/errors.js';
import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';

/** Top-level fields that pull in context which is not in the request, or that change which model is billed. */
const REFUSED_FIELDS = [
  'previous_response_id',
  'conversation',
  'web_search_options',
  'file_ids',
  'data_sources',
  'plugins',
  'models',
];
const METERABLE_TOOLS = ['function', 'custom'];
const REFUSED_PARTS = ['file', 'input_file', 'file_url', 'video_url', 'input_video'];

/**
 * Refuses what would make the prompt larger than anything we could know beforehand: its tokens could not be reserved,
 * so the account's limit could be overspent.
 * @throws DomainError invalid_request with code `unsupported_feature`
 */
export function refuseUnmeterable(body: JsonObject, messages: readonly JsonObject[]): void {
  for (const field of REFUSED_FIELDS) {
    if (body[field] !== undefined && body[field] !== null) throw unsupported(field, `'${field}'`);
  }
  if (Array.isArray(body.tools)) body.tools.forEach(checkTool);
  messages.forEach((message, index) => {
    if (!Array.isArray(message.content)) return;
    message.content.forEach((part: JsonObject, partIndex) => {
      if (!REFUSED_PARTS.includes(part.type as string)) return;
      throw unsupported(
        `messages[${index}].content[${partIndex}].type`,
        `A content part of type '${String(part.type)}'`,
      );
    });
  });
}

function checkTool(tool: unknown, index: number): void {
  const type = isJsonObject(tool) ? tool.type : undefined;
  if (typeof type !== 'string') {
    const param = `tools[${index}].type`;
    throw invalidRequest(`Invalid type for '${param}': expected a string.`, { param, code: 'invalid_type' });
  }
  if (!METERABLE_TOOLS.includes(type)) throw unsupported(`tools[${index}].type`, 'A tool hosted by the provider');
}

function unsupported(param: string, what: string) {
  return invalidRequest(`${what} is not supported here, because the tokens it adds cannot be known beforehand.`, {
    param,
    code: 'unsupported_feature',
  });
}
