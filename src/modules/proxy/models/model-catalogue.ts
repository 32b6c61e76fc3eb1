import { Inject, Injectable } from '@nestjs/common';
import { notFound } from '../../../common/errors/errors.js';
import type { ModelPrice } from '../../usage/pricing/model-price.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import type { Provider, ProviderName } from '../providers/provider.js';
import { CATALOGUE, PRICE_VERSION } from './catalogue.js';
import { ModelListCache } from './model-list-cache.js';
import type { CatalogueModel, ModelRoute, UsdPerMillionTokens } from './model.js';

/** The simulator's own model; it also answers for every catalogue model while no provider is configured. */
export const SIMULATOR_MODEL: CatalogueModel = {
  id: 'simulator',
  ownedBy: 'gatehouse',
  provider: 'simulator',
  contextTokens: 128_000,
  defaultCompletionTokens: 1_024,
  usd: { input: 0, cachedInput: 0, output: 0 },
};
/** For models that only their provider's list names. */
const UNLISTED_CONTEXT_TOKENS = 128_000;
const UNLISTED_COMPLETION_TOKENS = 4_096;
/** One USD per million tokens is a thousand nano-dollars per token. */
const NANO_USD_PER_TOKEN = 1_000;
const LONGEST_ECHO = 100;

/** A model as the models route lists it. */
export interface ListedModel {
  readonly id: string;
  readonly ownedBy: string;
}

/** Knows which public model names exist, who answers for them, and what they cost. */
@Injectable()
export class ModelCatalogue {
  private readonly models = new Map([...CATALOGUE, SIMULATOR_MODEL].map((model) => [model.id, model]));
  private readonly lists = new ModelListCache();

  constructor(@Inject(ProviderRegistry) private readonly providers: ProviderRegistry) {}

  /**
   * Finds who answers for a model. Names in the catalogue never cause a network request.
   * @throws DomainError not_found with code `model_not_found`
   */
  async resolve(name: string): Promise<ModelRoute> {
    const known = this.models.get(name);
    const simulator = this.providers.get('simulator');
    if (simulator !== undefined) {
      if (known === undefined) throw unknownModel(name);
      return routeTo(simulator, name, known);
    }
    const provider = this.providers.get(known?.provider ?? providerByName(name));
    if (provider !== undefined && (known !== undefined || (await this.offers(provider, name)))) {
      return routeTo(provider, name, known);
    }
    for (const other of this.providers.all()) {
      if (other !== provider && other.servesUnlistedNames && (await this.offers(other, name))) {
        return routeTo(other, name, undefined);
      }
    }
    throw unknownModel(name);
  }

  /** Every model that `resolve` finds, the catalogue's first. */
  async list(): Promise<ListedModel[]> {
    if (this.providers.get('simulator') !== undefined) return [...this.models.values()];
    const listed = new Map<string, ListedModel>();
    for (const model of this.models.values()) {
      if (this.providers.get(model.provider) !== undefined) listed.set(model.id, model);
    }
    for (const provider of this.providers.all()) {
      for (const id of await this.lists.idsOf(provider)) {
        const reachable = provider.servesUnlistedNames || providerByName(id) === provider.name;
        if (reachable && !listed.has(id)) listed.set(id, { id, ownedBy: provider.name });
      }
    }
    return [...listed.values()];
  }

  private async offers(provider: Provider, name: string): Promise<boolean> {
    return (await this.lists.idsOf(provider)).has(name);
  }
}

/** Who answers for a name that is not in the catalogue, by the name's form. */
function providerByName(name: string): ProviderName {
  if (name.startsWith('@cf/')) return 'cloudflare';
  if (name.includes('/')) return 'openrouter';
  return name.startsWith('claude') ? 'anthropic' : 'openai';
}

function routeTo(provider: Provider, name: string, known: CatalogueModel | undefined): ModelRoute {
  return {
    model: name,
    targets: [{ provider: provider.name, upstreamModel: name, price: priceOf(known?.usd ?? null) }],
    contextTokens: known?.contextTokens ?? UNLISTED_CONTEXT_TOKENS,
    defaultCompletionTokens: known?.defaultCompletionTokens ?? UNLISTED_COMPLETION_TOKENS,
    imageTokens: known?.imageTokens,
  };
}

function priceOf(usd: UsdPerMillionTokens | null): ModelPrice | null {
  return (
    usd && {
      version: PRICE_VERSION,
      inputNanoUsdPerToken: Math.round(usd.input * NANO_USD_PER_TOKEN),
      cachedInputNanoUsdPerToken: Math.round(usd.cachedInput * NANO_USD_PER_TOKEN),
      outputNanoUsdPerToken: Math.round(usd.output * NANO_USD_PER_TOKEN),
    }
  );
}

function unknownModel(name: string) {
  const echo = name.length > LONGEST_ECHO ? `${name.slice(0, LONGEST_ECHO)}…` : name;
  return notFound(`The model '${echo}' does not exist or is not available here.`, {
    code: 'model_not_found',
    param: 'model',
  });
}
