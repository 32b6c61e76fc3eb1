import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import { inexpressible } from './inexpressible.js';

const DATA_URL = /^data:([\w.+-]+\/[\w.+-]+)(?:;[\w=.+-]+)*;base64,/;

/**
 * The content of a chat message as blocks. Empty texts are left out: Anthropic refuses them.
 * @param name of the content in the request, for errors
 */
export function blocksOf(content: unknown, name: string): JsonObject[] {
  if (typeof content === 'string') return textBlocks(content, {});
  if (!Array.isArray(content)) return [];
  return (content as unknown[]).flatMap((part, index) =>
    isJsonObject(part) ? blockOf(part, `${name}[${index}]`) : [],
  );
}

function blockOf(part: JsonObject, name: string): JsonObject[] {
  switch (part.type) {
    case 'text':
      return textBlocks(part.text, part);
    case 'refusal':
      return textBlocks(part.refusal, part);
    case 'image_url':
      return [{ type: 'image', source: imageSource(part.image_url, name), ...cacheControl(part) }];
    default:
      throw inexpressible(`${name}.type`, 'A content part of this type');
  }
}

function textBlocks(text: unknown, part: JsonObject): JsonObject[] {
  return typeof text === 'string' && text !== '' ? [{ type: 'text', text, ...cacheControl(part) }] : [];
}

function imageSource(image: unknown, name: string): JsonObject {
  const url = isJsonObject(image) ? image.url : image;
  if (typeof url !== 'string') throw inexpressible(`${name}.image_url.url`, 'An image without a URL');
  const data = DATA_URL.exec(url);
  if (data !== null) return { type: 'base64', media_type: data[1], data: url.slice(data[0].length) };
  if (!/^https?:\/\//i.test(url)) throw inexpressible(`${name}.image_url.url`, 'An image with such a URL');
  return { type: 'url', url };
}

/** Marks where a prompt may be cached: clients of such gateways put it into OpenAI's parts too. */
function cacheControl({ cache_control }: JsonObject): JsonObject {
  return isJsonObject(cache_control) ? { cache_control } : {};
}
