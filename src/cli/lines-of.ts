/**
 * Lines of a stream of text, as many at a time as have come, so that they can be answered before more do. Split at line
 * feeds only (a JSON string may hold any other separator). The last line needs no line feed; a byte order mark is left out.
 */
export async function* linesOf(stream: NodeJS.ReadableStream): AsyncGenerator<string[]> {
  stream.setEncoding('utf8');
  let unfinished: string[] = [];
  let isFirst = true;
  for await (const chunk of stream as AsyncIterable<string>) {
    const lines: string[] = [];
    let from = isFirst && chunk.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
    isFirst = false;
    for (let end = chunk.indexOf('\n', from); end !== -1; end = chunk.indexOf('\n', from)) {
      unfinished.push(chunk.slice(from, end));
      lines.push(unfinished.join(''));
      unfinished = [];
      from = end + 1;
    }
    if (from < chunk.length) unfinished.push(chunk.slice(from));
    if (lines.length > 0) yield lines;
  }
  if (unfinished.length > 0) yield [unfinished.join('')];
}

const BYTE_ORDER_MARK = '\ufeff';
