import { FakeGoogle } from '../support/fake-google.js';
import { Gateway } from '../support/gateway.js';

jest.setTimeout(60_000);

let google: FakeGoogle;
let gateway: Gateway;

beforeAll(async () => {
  google = await FakeGoogle.start();
  gateway = await Gateway.start({ env: google.env });
});
afterAll(async () => {
  await gateway.stop();
  await google.stop();
});

const PERSON = {
  sub: '108204268033311374519',
  email: 'user@gmail.com',
  name: 'John Doe',
  picture: 'https://lh3.googleusercontent.com/a/picture',
};

it('logs in with an access token of Google, as the document does', async () => {
  const access_token = google.accessToken(PERSON);
  const { status, body } = await gateway.client().post<Record<string, unknown>>('/api/auth/google', { access_token });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    email: 'user@gmail.com',
    name: 'John Doe',
    picture: PERSON.picture,
    total_tokens: 1_000_000,
    tokens_used: 0,
    tokens_left: 1_000_000,
  });
  expect(Number.isInteger(body['id'])).toBe(true);

  const mine = await gateway.client().bearer(String(body['access_token'])).get('/api/v1/user/quota');
  expect(mine).toMatchObject({ status: 200, body: { balance: { used: 0, limit: 1_000_000 } } });
});

it('refuses a token that Google does not know in the words of the document', async () => {
  const refused = await gateway.client().post('/api/auth/google', { access_token: 'ya29.a0AfB_byC...' });
  expect(refused).toMatchObject({ status: 401, body: { detail: 'Invalid access token' } });
});
