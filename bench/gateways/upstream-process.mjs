/**
 * The upstream that every gateway of the bench calls: OpenAI's chat completions, JSON and streamed, straight on sockets so
 * that it costs little. Its parent changes the behaviour and asks for the books over the message channel:
 * `{behave: {...}}`, `{report: id}`, `{clear: true}`. The first segment of the path names the caller.
 */
import { createServer } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');
const STREAMED = Buffer.from('"stream":true');
/** Calls of this user are answered and not counted: their clients hang up, sooner or later than we notice. */
const UNCOUNTED = Buffer.from('"user":"leaver"');
const LAST_CHUNK = '0\r\n\r\n';
const MODEL = 'gpt-4o-mini';
const ID = 'chatcmpl-bench';

/** Milliseconds; `failEvery` and `breakEvery` of n: each n-th call gets a 500, or loses its stream in the middle. */
const behaviour = { answerDelayMs: 0, firstDelayMs: 0, chunks: 20, chunkDelayMs: 0, failEvery: 0, breakEvery: 0 };
const books = new Map();
let calls = 0;

const ANSWER_TEXT =
  'This is the answer of an upstream that has nothing to say, said in about as many words as usual. '.repeat(3);
const EVENT = framed(
  event({ choices: [{ index: 0, delta: { content: 'token ' }, logprobs: null, finish_reason: null }] }),
);
const FINISHED = event({ choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }] });
const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n';

function event(fields) {
  const chunk = { id: ID, object: 'chat.completion.chunk', created: 1_760_000_000, model: MODEL, ...fields };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

function framed(text) {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

/** What a caller was told, of answers that were written to their end. */
function accountOf(caller) {
  let account = books.get(caller);
  if (account === undefined) {
    account = { calls: 0, completed: 0, promptTokens: 0, completionTokens: 0, failed: 0, broken: 0, abandoned: 0 };
    books.set(caller, account);
  }
  return account;
}

function usageOf(bodyBytes, number) {
  const promptTokens = Math.max(1, Math.floor(bodyBytes / 5) - (number % 7));
  const completionTokens = 1 + (number % 50);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

function complete(account, usage) {
  account.completed += 1;
  account.promptTokens += usage.prompt_tokens;
  account.completionTokens += usage.completion_tokens;
}

function send(socket, status, fields) {
  const text = JSON.stringify(fields);
  const head = `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n`;
  socket.write(head + text);
}

/** Answers one call; `done` lets the next one on this connection begin. */
function answer(socket, caller, body, done) {
  const account = accountOf(body.includes(UNCOUNTED) ? 'uncounted' : caller);
  account.calls += 1;
  calls += 1;
  const number = calls;
  if (behaviour.failEvery > 0 && number % behaviour.failEvery === 0) {
    account.failed += 1;
    send(socket, 500, { error: { message: 'The upstream fails on purpose.', type: 'server_error' } });
    done();
    return;
  }
  const usage = usageOf(body.length, number);
  if (body.includes(STREAMED)) {
    later(behaviour.firstDelayMs, () => stream(socket, { account, usage, number, done }));
    return;
  }
  later(behaviour.answerDelayMs, () => {
    if (socket.destroyed) {
      account.abandoned += 1;
      return;
    }
    const choices = [
      { index: 0, message: { role: 'assistant', content: ANSWER_TEXT }, logprobs: null, finish_reason: 'stop' },
    ];
    send(socket, 200, { id: ID, object: 'chat.completion', created: 1_760_000_000, model: MODEL, choices, usage });
    complete(account, usage);
    done();
  });
}

function later(delayMs, work) {
  if (delayMs > 0) setTimeout(work, delayMs);
  else work();
}

/** One write for each chunk, as a model produces them; it waits for a reader that is slower. */
function stream(socket, { account, usage, number, done }) {
  const { chunkDelayMs, breakEvery } = behaviour;
  const breakAt = breakEvery > 0 && number % breakEvery === 0 ? behaviour.chunks >> 1 : -1;
  const startedAt = performance.now();
  let sent = 0;
  socket.write(STREAM_HEAD);
  const step = () => {
    if (socket.destroyed) {
      account.abandoned += 1;
      return;
    }
    if (sent === breakAt) {
      account.broken += 1;
      socket.resetAndDestroy();
      return;
    }
    // Read anew each time: fewer chunks end the streams that are open.
    if (sent >= behaviour.chunks) {
      socket.write(framed(`${FINISHED}${event({ choices: [], usage })}data: [DONE]\n\n`) + LAST_CHUNK);
      complete(account, usage);
      done();
      return;
    }
    sent += 1;
    const flushed = socket.write(EVENT);
    if (!flushed) socket.once('drain', step);
    else if (chunkDelayMs === 0) setImmediate(step);
    else setTimeout(step, Math.max(0, startedAt + sent * chunkDelayMs - performance.now()));
  };
  // A socket that is closed while its buffer is full never drains.
  socket.once('close', () => {
    if (socket.writableNeedDrain) account.abandoned += 1;
  });
  step();
}

/** Reads requests off a connection one after the other; callers of ours send bodies with a length. */
function serve(socket) {
  let received;
  let busy = false;
  const next = () => {
    while (!busy && received !== undefined) {
      const headEnd = received.indexOf(HEAD_END);
      if (headEnd < 0) return;
      const head = received.latin1Slice(0, headEnd);
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      const end = headEnd + HEAD_END.length + length;
      if (received.length < end) return;
      const body = received.subarray(headEnd + HEAD_END.length, end);
      received = received.length > end ? received.subarray(end) : undefined;
      if (head.startsWith('GET')) {
        send(socket, 200, { object: 'list', data: [{ id: MODEL, object: 'model', created: 1, owned_by: 'bench' }] });
        continue;
      }
      busy = true;
      const path = head.slice(head.indexOf('/') + 1, head.indexOf(' HTTP/'));
      answer(socket, path.slice(0, path.indexOf('/')), body, () => {
        busy = false;
        if (received !== undefined) next();
      });
    }
  };
  socket.on('data', (bytes) => {
    received = received === undefined ? bytes : Buffer.concat([received, bytes]);
    next();
  });
  // The caller hung up; 'close' follows and ends what was under way.
  socket.on('error', () => socket.destroy());
}

process.on('message', ({ behave, report, clear }) => {
  if (behave !== undefined) Object.assign(behaviour, behave);
  if (clear) books.clear();
  if (report !== undefined) process.send({ report, books: Object.fromEntries(books), cpu: process.cpuUsage() });
});
// The bench is gone, so nobody needs this any more.
process.on('disconnect', () => process.exit());

const server = createServer({ noDelay: true }, serve);
server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 });
