import { Inject, Injectable } from '@nestjs/common';
import { notFound } from '../../../common/errors/errors.js';
import { Config } from '../../../config/config.js';
import type { GatewaySettings } from '../../../config/gateway/gateway-settings.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import type { Provider, ProviderName } from '../providers/provider.js';
import { ModelListCache } from './model-list-cache.js';
import type { ModelRoute, OfferedModel } from './model.js';
import { offeredModels } from './offered-models.js';
import { orderTargets } from './target-order.js';

/** For models that only their provider's list names. */
const UNLISTED_CONTEXT_TOKENS = 128_000;
const UNLISTED_COMPLETION_TOKENS = 4_096;
/** Anthropic puts instructions of its own, of some hundred tokens, before the tools of a request. */
const TOOL_INSTRUCTION_TOKENS = 1_000;
const LONGEST_ECHO = 100;

/** A model as the models route lists it. */
export interface ListedModel {
  readonly id: string;
  readonly ownedBy: string;
}

/** Knows which public model names exist, who answers for them, and what they cost. */
@Injectable()
export class ModelCatalogue {
  /** By every name, aliases included. */
  private models: ReadonlyMap<string, OfferedModel>;
  private offersOtherModels: boolean;
  private readonly lists = new ModelListCache();
  /** Routes that are the same for every call, by their model. */
  private fixedRoutes = new Map<OfferedModel, ModelRoute>();

  constructor(
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(Config) config: Config,
  ) {
    this.configure(config.gateway.settings);
  }

  /** From now on these models are known by name. */
  configure(settings: GatewaySettings): void {
    this.offersOtherModels = settings.offersOtherModels;
    this.fixedRoutes = new Map();
    this.models = new Map(
      offeredModels(settings).flatMap((model) => [model.id, ...(model.aliases ?? [])].map((name) => [name, model])),
    );
  }

  /**
   * Finds who answers for a model. Names that are known here never cause a network request.
   * @throws DomainError not_found with code `model_not_found`
   */
  async resolve(name: string): Promise<ModelRoute> {
    const known = this.models.get(name);
    const simulator = this.providers.get('simulator');
    if (simulator !== undefined) {
      if (known === undefined) throw unknownModel(name);
      return simulatedRoute(known);
    }
    const route = known && this.routeOf(known);
    if (route !== undefined) return route;
    const provider = this.providers.get(providerByName(name));
    if (known === undefined && provider !== undefined && (await this.offers(provider, name))) {
      return unlistedRoute(provider, name);
    }
    for (const other of this.providers.all()) {
      if (other !== provider && other.servesUnlistedNames && (await this.offers(other, name))) {
        return unlistedRoute(other, name);
      }
    }
    throw unknownModel(name);
  }

  /** Every model that `resolve` finds, those known here first. Aliases are names of their own. */
  async list(): Promise<ListedModel[]> {
    const known = [...this.models].map(([id, model]) => ({ id, ownedBy: model.ownedBy, model }));
    if (this.providers.get('simulator') !== undefined) return known.map(({ id, ownedBy }) => ({ id, ownedBy }));
    const listed = new Map<string, ListedModel>();
    for (const { id, ownedBy, model } of known) {
      if (this.routeOf(model) !== undefined) listed.set(id, { id, ownedBy });
    }
    for (const provider of this.offersOtherModels ? this.providers.all() : []) {
      for (const id of await this.lists.idsOf(provider)) {
        const reachable = provider.servesUnlistedNames || providerByName(id) === provider.name;
        if (reachable && !listed.has(id)) listed.set(id, { id, ownedBy: provider.name });
      }
    }
    return [...listed.values()];
  }

  private async offers(provider: Provider, name: string): Promise<boolean> {
    return this.offersOtherModels && (await this.lists.idsOf(provider)).has(name);
  }

  /** Undefined when none of the model's providers is configured. */
  private routeOf(model: OfferedModel): ModelRoute | undefined {
    const fixed = this.fixedRoutes.get(model);
    if (fixed !== undefined) return fixed;
    const configured = model.targets.filter(({ provider }) => this.providers.get(provider) !== undefined);
    const [first, ...others] = orderTargets(configured, Math.random);
    if (first === undefined) return undefined;
    const isAnthropic = configured.some(({ provider }) => this.providers.get(provider)?.speaks('messages') === true);
    const toolInstructionTokens = isAnthropic ? TOOL_INSTRUCTION_TOKENS : undefined;
    const route: ModelRoute = { ...termsOf(model), toolInstructionTokens, targets: [first, ...others] };
    if (others.length === 0) this.fixedRoutes.set(model, route);
    return route;
  }
}

/** Who answers for a name that is not in the catalogue, by the name's form. */
function providerByName(name: string): ProviderName {
  if (name.startsWith('@cf/')) return 'cloudflare';
  if (name.includes('/')) return 'openrouter';
  return name.startsWith('claude') ? 'anthropic' : 'openai';
}

function termsOf(model: OfferedModel): Omit<ModelRoute, 'targets'> {
  const { id, contextTokens, defaultCompletionTokens, maxCompletionTokens, imageTokens } = model;
  return { model: id, contextTokens, defaultCompletionTokens, maxCompletionTokens, imageTokens };
}

function simulatedRoute(model: OfferedModel): ModelRoute {
  const [{ price }] = model.targets;
  return { ...termsOf(model), targets: [{ provider: 'simulator', upstreamModel: model.id, price }] };
}

function unlistedRoute(provider: Provider, name: string): ModelRoute {
  return {
    model: name,
    targets: [{ provider: provider.name, upstreamModel: name, price: null }],
    contextTokens: UNLISTED_CONTEXT_TOKENS,
    defaultCompletionTokens: UNLISTED_COMPLETION_TOKENS,
  };
}

function unknownModel(name: string) {
  const echo = name.length > LONGEST_ECHO ? `${name.slice(0, LONGEST_ECHO)}…` : name;
  return notFound(`The model '${echo}' does not exist or is not available here.`, {
    code: 'model_not_found',
    param: 'model',
  });
}
