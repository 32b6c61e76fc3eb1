/**
 * Lines of a stream of text, by line feed only (a JSON string may hold any other separator). The last line needs no
 * line feed.
 */
export async function* linesOf(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  stream.setEncoding('utf8');
  let unfinished: string[] = [];
  for await (const chunk of stream as AsyncIterable<string>) {
    let from = 0;
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', from)) {
      unfinished.push(chunk.slice(from, end));
      yield unfinished.join('');
      unfinished = [];
      from = end + 1;
    }
    if (from < chunk.length) unfinished.push(chunk.slice(from));
  }
  if (unfinished.length > 0) yield unfinished.join('');
}
