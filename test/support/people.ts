import type { ApiAnswer, ApiClient } from './api-client.js';
import { chat, CHAT, type Gateway } from './gateway.js';
import { until } from './until.js';

export const PASSWORD = 'correct horse battery';
const EVERYWHERE_WITHIN_MS = 5_000;

/** An account as its registration shows it. */
export interface RegisteredAccount {
  id: string;
  username: string;
  email: string;
  api_key: string;
}

/** An error of the routes that are not OpenAI's. */
export interface Failure {
  detail: string;
  error: string;
  code?: string;
}

/** People who register and log in by themselves, at a gateway of two servers. */
export class People {
  private registered = 0;

  constructor(private readonly gateway: Gateway) {}

  async register(): Promise<RegisteredAccount> {
    this.registered += 1;
    const { status, body } = await this.gateway.client().post<RegisteredAccount>('/api/auth/register', {
      username: `person${this.registered}`,
      email: `Person${this.registered}@Gatehouse.test`,
      password: PASSWORD,
    });
    expect(status).toBe(201);
    return body;
  }

  /** A client of the first server with the token of a login. */
  async logIn(username: string): Promise<ApiClient> {
    const client = this.gateway.client();
    const credentials = { username, password: PASSWORD };
    const { status, body } = await client.post<{ access_token: string }>('/api/auth/login', credentials);
    expect(status).toBe(200);
    return client.bearer(body.access_token);
  }

  async newcomer(): Promise<{ account: RegisteredAccount; client: ApiClient }> {
    const account = await this.register();
    return { account, client: await this.logIn(account.username) };
  }

  /** The status of a chat with this key, on one of the servers. */
  async chatStatus(key: string, server = 0): Promise<number> {
    const { status } = await this.gateway.client(server).bearer(key).post(CHAT, chat());
    return status;
  }

  /** Both servers then have this key in mind, before it changes. */
  async useEverywhere(key: string): Promise<void> {
    expect([await this.chatStatus(key, 0), await this.chatStatus(key, 1)]).toEqual([200, 200]);
  }

  /** Waits until the second server, which is not the one that was told of a change, answers so as well. */
  async knownElsewhere(key: string, status: number): Promise<void> {
    await until('the other server to know', async () => (await this.chatStatus(key, 1)) === status, {
      timeoutMs: EVERYWHERE_WITHIN_MS,
      intervalMs: 50,
    });
  }
}

export function expectFailure({ status, body }: ApiAnswer<Failure>, wanted: number, detail: string): void {
  expect([status, body.detail, body.error]).toEqual([wanted, detail, detail]);
}
