import { Logger } from '@nestjs/common';
import type { Config } from '../../../config/config.js';
import type { GatewaySettings } from '../../../config/gateway/gateway-settings.js';
import type { ProviderRegistry } from '../providers/provider-registry.js';
import type { Provider, ProviderName } from '../providers/provider.js';
import { CATALOGUE } from './catalogue.js';
import { ModelCatalogue } from './model-catalogue.js';

interface Offer {
  readonly models?: string[];
  readonly servesUnlistedNames?: boolean;
  readonly fails?: boolean;
}

const NOTHING_CONFIGURED: GatewaySettings = { providers: [], models: [], offersOtherModels: true, priceVersion: 'v1' };

/** A catalogue over providers that offer the given models, and how often each was asked for its list. */
function catalogueOver(offers: Readonly<Record<ProviderName, Offer>>, settings = NOTHING_CONFIGURED) {
  const asked: string[] = [];
  const providers = new Map<ProviderName, Provider>();
  for (const [name, offer] of Object.entries(offers)) {
    providers.set(name, {
      name,
      servesUnlistedNames: offer.servesUnlistedNames ?? false,
      send: () => Promise.reject(new Error('no call belongs to this test')),
      listModels: () => {
        asked.push(name);
        return offer.fails === true ? Promise.reject(new Error('down')) : Promise.resolve(offer.models ?? []);
      },
      speaks: () => true,
      hasFreshKey: () => false,
      retire: () => Promise.resolve(),
      close: () => Promise.resolve(),
    });
  }
  const registry: Pick<ProviderRegistry, 'get' | 'all'> = {
    get: (name) => providers.get(name),
    all: () => [...providers.values()],
  };
  const config = { gateway: { settings } } as Config;
  return { catalogue: new ModelCatalogue(registry as ProviderRegistry, config), asked };
}

const NOT_FOUND = { kind: 'not_found', details: { code: 'model_not_found', param: 'model' } };

describe('ModelCatalogue', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  it('finds a catalogue model without asking anybody', async () => {
    const { catalogue, asked } = catalogueOver({ openai: {} });
    const route = await catalogue.resolve('gpt-4o-mini');
    expect(route.targets).toMatchObject([
      {
        provider: 'openai',
        upstreamModel: 'gpt-4o-mini',
        price: { inputNanoUsdPerToken: 150, cachedInputNanoUsdPerToken: 75, outputNanoUsdPerToken: 600 },
      },
    ]);
    expect(asked).toEqual([]);
  });

  it.each([
    ['@cf/meta/new-model', 'cloudflare'],
    ['vendor/new-model', 'openrouter'],
    ['claude-new', 'anthropic'],
    ['gpt-new', 'openai'],
  ] as const)('asks the provider that the name %s points to', async (model, provider) => {
    const { catalogue } = catalogueOver({ [provider]: { models: [model] } });
    const route = await catalogue.resolve(model);
    expect(route.targets).toEqual([{ provider, upstreamModel: model, price: null }]);
  });

  it('does not know what its provider does not list, and asks once', async () => {
    const { catalogue, asked } = catalogueOver({ openai: { models: ['a'] } });
    await Promise.all([1, 2, 3].map(() => expect(catalogue.resolve('b')).rejects.toMatchObject(NOT_FOUND)));
    await expect(catalogue.resolve('a')).resolves.toBeDefined();
    expect(asked).toEqual(['openai']);
  });

  it('knows the catalogue only, while its provider cannot be asked', async () => {
    const { catalogue, asked } = catalogueOver({ openai: { fails: true } });
    await expect(catalogue.resolve('b')).rejects.toMatchObject(NOT_FOUND);
    await expect(catalogue.resolve('b')).rejects.toMatchObject(NOT_FOUND);
    await expect(catalogue.resolve('gpt-4o')).resolves.toBeDefined();
    expect(asked).toEqual(['openai']);
  });

  it('does not serve models of providers that are not configured', async () => {
    const { catalogue } = catalogueOver({ openai: {} });
    await expect(catalogue.resolve('@cf/meta/llama-3.1-8b-instruct')).rejects.toMatchObject(NOT_FOUND);
    await expect(catalogue.resolve('simulator')).rejects.toMatchObject(NOT_FOUND);
  });

  it('takes any name that an OpenAI-compatible upstream of the operator lists', async () => {
    const models = ['meta-llama/Llama-3', 'claude-haiku-4-5'];
    const { catalogue } = catalogueOver({ openai: { models, servesUnlistedNames: true }, openrouter: {} });
    for (const model of models) {
      const route = await catalogue.resolve(model);
      expect(route.targets).toEqual([{ provider: 'openai', upstreamModel: model, price: null }]);
    }
  });

  it('lets the simulator answer for every catalogue model and nothing else', async () => {
    const { catalogue } = catalogueOver({ simulator: {} });
    for (const model of ['simulator', 'gpt-4o', '@cf/meta/llama-3-8b-instruct']) {
      const route = await catalogue.resolve(model);
      expect(route.targets[0].provider).toBe('simulator');
    }
    await expect(catalogue.resolve('made-up')).rejects.toMatchObject(NOT_FOUND);
  });

  it('lists exactly what it resolves', async () => {
    const { catalogue } = catalogueOver({ openai: { models: ['gpt-new', 'gpt-4o', 'vendor/x'] } });
    const ids = (await catalogue.list()).map(({ id }) => id);
    expect(ids).toContain('gpt-new');
    expect(ids).not.toContain('vendor/x');
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) await expect(catalogue.resolve(id)).resolves.toBeDefined();
  });

  it('does not echo a name of any length', async () => {
    const { catalogue } = catalogueOver({ simulator: {} });
    await expect(catalogue.resolve('x'.repeat(256))).rejects.toMatchObject({
      message: expect.stringContaining('x…') as string,
    });
  });
});

describe('the catalogue', () => {
  it('names no model twice and has the five Cloudflare models of the documents', () => {
    const ids = CATALOGUE.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => id.startsWith('@cf/'))).toHaveLength(5);
  });

  it('has prices that make sense', () => {
    for (const { id, usd, contextTokens, defaultCompletionTokens } of CATALOGUE) {
      // Embeddings complete nothing, so they have no price for it.
      const completes = defaultCompletionTokens > 0;
      if (usd !== null) {
        const ok = completes ? usd.output >= usd.input && usd.cachedInput <= usd.input : usd.output === 0;
        expect({ id, ok }).toEqual({ id, ok: true });
      }
      expect(defaultCompletionTokens).toBeLessThan(contextTokens);
    }
  });
});
