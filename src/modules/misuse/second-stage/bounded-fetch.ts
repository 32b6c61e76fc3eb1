import { InvalidAnswer } from './invalid-answer.js';

const LARGEST_BODY = 256 * 1024;

/** `fetch` for answers that must be small. Follows no redirect: a key goes where it was meant to go. */
export async function boundedFetch(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: 'error' });
  if (response.body === null) return response;
  const pieces: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> = response.body;
  for await (const piece of body) {
    size += piece.byteLength;
    // Leaving the loop cancels the rest.
    if (size > LARGEST_BODY) throw new InvalidAnswer(`at most ${LARGEST_BODY} bytes`);
    pieces.push(piece);
  }
  const { status, statusText, headers } = response;
  return new Response(Buffer.concat(pieces), { status, statusText, headers: withoutEncoding(headers) });
}

/** The body was decoded on the way. */
function withoutEncoding(headers: Headers): Headers {
  const kept = new Headers(headers);
  kept.delete('content-encoding');
  kept.delete('content-length');
  return kept;
}
