import { FakeUpstream } from './fake-upstream.js';
import { Gateway } from './gateway.js';
import type { UpstreamBehaviour } from './upstream-behaviour.js';

/** A gateway whose three providers (OpenAI, Cloudflare, OpenRouter) are fakes on loopback. */
export interface SeedGateway {
  readonly gateway: Gateway;
  /** Behind Cloudflare and OpenRouter; OpenAI is `gateway.upstream`. */
  readonly others: FakeUpstream;
  stop(): Promise<void>;
}

export async function startSeedGateway(
  upstream: Partial<UpstreamBehaviour>,
  env: Record<string, string> = {},
): Promise<SeedGateway> {
  const others = await FakeUpstream.start(upstream);
  const origin = others.url.replace(/\/v1$/, '');
  const gateway = await Gateway.start({
    upstream,
    env: {
      CLOUDFLARE_API_KEY: 'cloudflare-key',
      CLOUDFLARE_ACCOUNT_ID: 'account-1',
      CLOUDFLARE_BASE_URL: `${origin}/client/v4`,
      OPENROUTER_API_KEY: 'openrouter-key',
      OPENROUTER_BASE_URL: others.url,
      ...env,
    },
  });
  return {
    gateway,
    others,
    stop: async () => {
      await gateway.stop();
      await others.stop();
    },
  };
}

/** The data of all frames, parsed; `[DONE]` stays as it is. */
export async function framesOf(stream: AsyncIterable<string>): Promise<unknown[]> {
  const frames: unknown[] = [];
  for await (const data of stream) frames.push(data === '[DONE]' ? data : (JSON.parse(data) as unknown));
  return frames;
}
