import { redact } from './redact.js';

it.each([
  ['write to jane.doe+x@mail.example.com today', 'write to [email] today'],
  ['call +49 30 1234 5678 or 030/1234567', 'call [phone] or [phone]'],
  ['card 4111 1111 1111 1111 and 4111111111111111', 'card [number] and [number]'],
  ['IBAN DE89 3704 0044 0532 0130 00!', 'IBAN [iban]!'],
  ['from 192.168.17.4 on', 'from [address] on'],
  ['OPENAI_API_KEY=sk-proj-abcdefghijklmnop1234', 'OPENAI_API_KEY=[secret]'],
  ['password: hunter22, please', 'password: [secret], please'],
  ['Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc', 'Bearer [secret]'],
  ['-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY----- after', '[secret] after'],
])('takes what is private out of %j', (text, expected) => {
  expect(redact(text)).toBe(expected);
});

it.each([
  'Add 1234 and 5678 in version 2.10.3 of the year 2025.',
  'def token_count(words): return len(words) # 100 %',
  'The secret of good bread is time.',
])('leaves %j alone', (text) => {
  expect(redact(text)).toBe(text);
});

it('takes time in proportion to the text', () => {
  const texts = ['1 '.repeat(50_000), 'a'.repeat(200_000), 'a.'.repeat(100_000), '-----BEGIN A-----'.repeat(2_000)];
  for (const text of texts) expect(redact(text).length).toBeLessThanOrEqual(text.length);
});
