import { Gateway, type TestAccount } from './gateway.js';

export const MODEL = 'gpt-4o-mini';
/** What the fake model says, piece by piece. */
export const PIECES = ['Grüezi', ' mitenand', ' 👋🏽'];
export const SAID = PIECES.join('');
export const TOOL_CALL = { name: 'find_train', arguments: { from: 'Zürich HB', count: 3 } };
export const PARAMETERS = {
  type: 'object' as const,
  properties: { from: { type: 'string' as const }, count: { type: 'integer' as const } },
};

/** A gateway for one client library, with a fresh account for each test. After each, nothing is held. */
export class SdkScene {
  gateway: Gateway;
  account: TestAccount;

  constructor() {
    beforeAll(async () => {
      this.gateway = await Gateway.start({ upstream: { content: PIECES } });
    });
    beforeEach(async () => {
      this.gateway.upstream.reset();
      this.account = await this.gateway.account({ day: 1_000_000 });
    });
    afterEach(() => this.gateway.balanced(this.account));
    afterAll(() => this.gateway.stop());
  }

  /** With the version, as OpenAI's clients want it. */
  get baseURL(): string {
    return `${this.gateway.client().baseUrl}/v1`;
  }

  /** A model that calls the tool at first and talks once it has a result. */
  callToolOnce(): void {
    this.gateway.upstream.behave(({ json }) => {
      const hasResult = JSON.stringify(json?.messages).includes('"role":"tool"');
      return hasResult ? {} : { toolCall: TOOL_CALL };
    });
  }
}

export async function thrownBy(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}
