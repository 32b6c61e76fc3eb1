import type { GatewaySettings, ModelSettings, TargetSettings } from '../../../config/gateway/gateway-settings.js';
import { CATALOGUE, PRICE_VERSION } from './catalogue.js';
import type { CatalogueModel, OfferedModel, OfferedTarget } from './model.js';
import { modelPrice } from './model-price.js';

/** The simulator's own model; it also answers for every other one while no provider is configured. */
export const SIMULATOR_MODEL: OfferedModel = {
  id: 'simulator',
  ownedBy: 'gatehouse',
  contextTokens: 128_000,
  defaultCompletionTokens: 1_024,
  targets: [
    { provider: 'simulator', upstreamModel: 'simulator', price: modelPrice(PRICE_VERSION, 0, 0, 0), weight: null },
  ],
};

const BUILT_IN = new Map(CATALOGUE.map((model) => [model.id, model]));

/** The models that are known by name: the operator's, then the built-in ones that these do not replace. */
export function offeredModels(settings: GatewaySettings): OfferedModel[] {
  const own = settings.models.map((model) => ownModel(model, settings.priceVersion));
  const names = new Set(settings.models.flatMap(({ id, aliases }) => [id, ...aliases]));
  const others = settings.offersOtherModels ? CATALOGUE.filter(({ id }) => !names.has(id)).map(builtInModel) : [];
  return [...own, ...others, SIMULATOR_MODEL];
}

function ownModel(model: ModelSettings, priceVersion: string): OfferedModel {
  const { maxCompletionTokens, targets, ...others } = model;
  return {
    ...others,
    ...(maxCompletionTokens !== null && { maxCompletionTokens }),
    targets: targets.map((target) => ownTarget(target, priceVersion)),
    imageTokens: BUILT_IN.get(targets[0].upstreamModel)?.imageTokens,
  };
}

function ownTarget({ provider, upstreamModel, price, weight }: TargetSettings, priceVersion: string): OfferedTarget {
  const own = price && modelPrice(priceVersion, price.input, price.cachedInput, price.output);
  return { provider, upstreamModel, weight, price: own ?? builtInPrice(BUILT_IN.get(upstreamModel)) };
}

function builtInModel(model: CatalogueModel): OfferedModel {
  const { provider, usd, ...others } = model;
  return { ...others, targets: [{ provider, upstreamModel: model.id, price: builtInPrice(model), weight: null }] };
}

function builtInPrice(model: CatalogueModel | undefined) {
  const usd = model?.usd ?? null;
  return usd && modelPrice(PRICE_VERSION, usd.input, usd.cachedInput, usd.output);
}
