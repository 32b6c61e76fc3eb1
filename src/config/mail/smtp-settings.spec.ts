import { parseSmtpUrl } from './smtp-settings.js';

it('knows the ports and how TLS begins', () => {
  expect(parseSmtpUrl('smtp://mail.example.com')).toEqual({
    host: 'mail.example.com',
    port: 587,
    secure: false,
    requireTls: false,
    ignoreTls: false,
    verifyCertificate: true,
    auth: undefined,
  });
  expect(parseSmtpUrl('smtps://mail.example.com')).toMatchObject({ port: 465, secure: true, requireTls: false });
  expect(parseSmtpUrl('smtp://[::1]:2525/')).toMatchObject({ host: '::1', port: 2525 });
});

it('takes credentials, percent-encoded', () => {
  expect(parseSmtpUrl('smtps://me%40example.com:p%3Aw%2F@mail.example.com')).toMatchObject({
    auth: { user: 'me@example.com', pass: 'p:w/' },
  });
});

it.each([
  ['smtp://u:p@mail.example.com', true],
  ['smtp://u:p@mail.example.com?requireTLS=false', false],
  ['smtp://u:p@mail.example.com?ignoreTLS=true', false],
  ['smtp://u:p@127.0.0.1', false],
  ['smtp://mail.example.com?requireTLS=true', true],
])('says whether a password may go over the wire in the open: %s', (url, requireTls) => {
  expect(parseSmtpUrl(url)).toMatchObject({ requireTls });
});

it('accepts any certificate only when told to', () => {
  expect(parseSmtpUrl('smtps://h?tls.rejectUnauthorized=false')).toMatchObject({ verifyCertificate: false });
});

it.each([
  '',
  'mail.example.com',
  'http://mail.example.com',
  'smtp://',
  'smtp://h:0',
  'smtp://h:99999',
  'smtp://h/path',
  'smtp://user@h',
  'smtp://u:%zz@h',
  'smtp://h?logger=true',
  'smtp://h?requireTLS=yes',
  'smtp://h#fragment',
])('refuses %p', (url) => {
  expect(parseSmtpUrl(url)).toBeNull();
});
