/** Chat requests as bytes, ready to be written. */

const SENTENCES = [
  'Summarise the notes below for somebody who was not in the meeting, and keep the names of those who promised something.',
  'Why does this function return undefined when the list is empty? Explain the fix, and show the corrected loop.',
  'Translate the following letter to the landlord into plain Spanish; the tone should stay polite but firm.',
  'Compare these two offers for 12,500 units a year and say which costs less over five years, "with" and without shipping.',
  'Write a test for the parser that covers empty input, a missing bracket and a line of 4,096 characters.',
];

/** Requests of this user are kept out of the books: when their clients hang up, what they are billed is an estimate. */
export const LEAVER = 'leaver';

/** @returns {string} the JSON body of a chat request of about `bytes` bytes; `variant` changes what it asks */
export function chatBody({ bytes = 2_048, stream = false, variant = 0, user } = {}) {
  const body = {
    model: 'gpt-4o-mini',
    messages: [
      { role: 'system', content: 'You are a helpful assistant.' },
      { role: 'user', content: '' },
    ],
    temperature: 0.7,
    max_tokens: 64,
    user,
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
  const room = bytes - Buffer.byteLength(JSON.stringify(body));
  const sentences = [];
  for (let next = variant, length = 0; length < room; next += 1) {
    sentences.push(SENTENCES[next % SENTENCES.length]);
    length += sentences.at(-1).length + 1;
  }
  body.messages[1].content = sentences.join(' ').slice(0, Math.max(10, room - 10));
  return JSON.stringify(body);
}

/** What `fetch` is told to see whether a gateway answers. */
export function probe(headers = {}) {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer probe', ...headers },
    body: chatBody({ bytes: 300 }),
  };
}

/**
 * Requests to one gateway, a different key each.
 * @returns {() => {bytes: Buffer, stream: boolean}} the next one, in turn
 */
export function requestsTo({ port, path, headers }, { keys, bytes, stream = false, user }) {
  const extra = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const requests = keys.map((key, variant) => {
    const body = chatBody({ bytes, stream, variant, user });
    const head =
      `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${key}\r\n${extra.join('')}` +
      `content-type: application/json\r\naccept: ${stream ? 'text/event-stream' : 'application/json'}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n`;
    return { bytes: Buffer.from(head + body), stream };
  });
  let next = 0;
  return () => {
    next = next + 1 === requests.length ? 0 : next + 1;
    return requests[next];
  };
}
