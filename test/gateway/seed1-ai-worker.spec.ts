import { startSeedGateway } from '../support/seed-gateway.js';
import type { SeedGateway } from '../support/seed-gateway.js';

jest.setTimeout(60_000);

const EXAMPLE = { messages: [{ role: 'user', content: 'Hello!' }] };
const ACCOUNT = { email: 'worker@example.com', password: 'yourpassword' };

let seed: SeedGateway;
let token: string;

beforeAll(async () => {
  seed = await startSeedGateway({ content: ['AI response', ' here'] });
  const { body } = await seed.gateway.client().post<{ token: string }>('/register', ACCOUNT);
  token = body.token;
});
beforeEach(() => seed.others.reset());
afterAll(() => seed.stop());

describe('POST /chat/completions', () => {
  it('answers the example, with the login token or with a key that it made', async () => {
    const loggedIn = seed.gateway.client().bearer(token);
    const { body: issued } = await loggedIn.post<{ key: string }>('/api-keys/create', { name: 'API Key Name' });
    for (const client of [loggedIn, seed.gateway.client().bearer(issued.key)]) {
      const { status, body, headers } = await client.post('/chat/completions', EXAMPLE);
      expect(status).toBe(200);
      expect(headers['content-type']).toMatch(/^application\/json/);
      expect(body).toEqual({ response: 'AI response here' });
    }
    expect(seed.others.lastRequest?.json).toMatchObject({ ...EXAMPLE, model: '@cf/meta/llama-3-8b-instruct' });
  });

  it('writes its errors as the document does', async () => {
    const client = seed.gateway.client().bearer(token);
    expect(await seed.gateway.client().post('/chat/completions', EXAMPLE)).toMatchObject({
      status: 401,
      body: { error: 'Authentication required' },
    });
    for (const wrong of [{}, { messages: 'Hello!' }, { messages: null }]) {
      expect(await client.post('/chat/completions', wrong)).toMatchObject({
        status: 400,
        body: { error: 'Invalid request format. Messages array is required.' },
      });
    }
    seed.others.behave({ fault: { kind: 'html', secret: 'sk-UPSTREAM-SECRET' } });
    const { status, body } = await client.post('/chat/completions', EXAMPLE);
    expect(status).toBe(500);
    expect(body).toMatchObject({ error: 'Internal server error', details: expect.any(String) as string });
    expect(JSON.stringify(body)).not.toContain('SECRET');
  });

  it('lets browsers of any origin send the token', async () => {
    const { status, headers } = await seed.gateway.client().json('OPTIONS', '/chat/completions', {
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(status).toBeLessThan(300);
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(String(headers['access-control-allow-headers']).toLowerCase()).toContain('authorization');
  });
});
