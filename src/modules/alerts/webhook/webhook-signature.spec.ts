import { createHmac } from 'node:crypto';
import { signatureOf, signedHeaders } from './webhook-signature.js';

it('signs the time and the body together', () => {
  const expected = createHmac('sha256', 'secret').update('1700000000.{"a":1}').digest('hex');
  expect(signatureOf('secret', 1_700_000_000, '{"a":1}')).toBe(`v1=${expected}`);
  expect(signatureOf('secret', 1_700_000_001, '{"a":1}')).not.toBe(`v1=${expected}`);
  expect(signatureOf('other', 1_700_000_000, '{"a":1}')).not.toBe(`v1=${expected}`);
});

it('names the event, the time and the signature', () => {
  expect(signedHeaders('secret', 'event', 5, '{}')).toEqual({
    'content-type': 'application/json',
    'user-agent': 'gatehouse',
    'x-gatehouse-event-id': 'event',
    'x-gatehouse-timestamp': '5',
    'x-gatehouse-signature': signatureOf('secret', 5, '{}'),
  });
});
