import { AnswerReader } from '../../bench/load/answer-reader.mjs';

const STREAM =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n' +
  '11\r\ndata: {"n":1}\n\nda\r\n' +
  'e\r\nta: {"n":2}\n\nd\r\n' +
  'd\r\nata: [DONE]\n\n\r\n' +
  '0\r\nx-gatehouse-cost: 0.000000210\r\n\r\n';
const WHOLE = 'HTTP/1.1 429 Too Many Requests\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}';

interface Seen {
  events: number;
  answers: [status: number, end: { complete: boolean; closes: boolean }][];
}

function read(text: string, pieceBytes: number): Seen {
  const seen: Seen = { events: 0, answers: [] };
  const reader = new AnswerReader({
    onEvents: (count: number) => (seen.events += count),
    onAnswer: (...answer: Seen['answers'][number]) => seen.answers.push(answer),
  });
  for (let at = 0; at < text.length; at += pieceBytes) reader.push(Buffer.from(text.slice(at, at + pieceBytes)));
  return seen;
}

it.each([1, 2, 3, 7, 64, 10_000])(
  'reads streams with trailers and whole answers in pieces of %i bytes',
  (pieceBytes) => {
    expect(read(STREAM + WHOLE + STREAM, pieceBytes)).toEqual({
      events: 6,
      answers: [
        [200, { complete: true, closes: false }],
        [429, { complete: true, closes: true }],
        [200, { complete: true, closes: false }],
      ],
    });
  },
);

it('notices a stream that ends without its last event', () => {
  expect(read(STREAM.replace('[DONE]', '[ENDS]'), 10_000).answers).toEqual([[200, { complete: false, closes: false }]]);
});
