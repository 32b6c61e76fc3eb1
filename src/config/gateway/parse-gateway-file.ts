import { createHash } from 'node:crypto';
import { parseDocument } from 'yaml';
import { ConfigurationError } from '../configuration-error.js';
import { BASE_URLS, cloudflareUrl, headersOfKind, servesUnlistedNames } from './environment-providers.js';
import { PROVIDER_KINDS } from './gateway-settings.js';
import type {
  GatewaySettings,
  ModelSettings,
  PriceSettings,
  ProviderSettings,
  TargetSettings,
} from './gateway-settings.js';
import { Setting } from './setting.js';
import type { ReferenceLookup } from './setting.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const HEADER = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** The credentials are ours to set, and these belong to the connection. */
const RESERVED_HEADERS = ['authorization', 'x-api-key', 'host', 'content-length', 'connection', 'transfer-encoding'];
const LONGEST_MODEL_NAME = 256;
const MOST_TOKENS = 10_000_000;
const DEAREST_USD = 1_000_000;
const LONGEST_TIMEOUT_MS = 3_600_000;
const MOST_WEIGHT = 1_000_000;

const USUAL_CONTEXT_TOKENS = 128_000;
const USUAL_COMPLETION_TOKENS = 4_096;

/**
 * Reads a configuration file.
 * @param known providers of the environment: the file adds to them, and replaces those of the same name
 * @throws ConfigurationError in one line that names the path of the setting and its rule, never its value
 */
export function parseGatewayFile(
  yaml: string,
  known: readonly ProviderSettings[],
  lookUp: ReferenceLookup,
): GatewaySettings {
  const file = new Setting(parseYaml(yaml) ?? {}, '', lookUp);
  const { providers, models, offer_other_models, price_version } = file.fields(
    'providers',
    'models',
    'offer_other_models',
    'price_version',
  );
  const own = providers.isGiven ? [...providers.members()].map(([name, each]) => providerOf(name, each)) : [];
  const replaced = new Set(own.map(({ name }) => name));
  const all = [...known.filter(({ name }) => !replaced.has(name)), ...own];
  const offered = models.isGiven ? [...models.members()].map(([id, model]) => modelOf(id, model, all)) : [];
  refuseAmbiguousNames(offered, models);
  return {
    providers: all,
    models: offered,
    offersOtherModels: offer_other_models.isGiven ? offer_other_models.boolean() : true,
    priceVersion: price_version.isGiven ? price_version.text() : versionOf(offered),
  };
}

function parseYaml(yaml: string): unknown {
  const document = parseDocument(yaml, { prettyErrors: true });
  const [error] = document.errors;
  if (error === undefined) return document.toJS({ maxAliasCount: 100 });
  const [{ line, col }] = error.linePos ?? [{ line: 1, col: 1 }];
  throw new ConfigurationError(`the file is not valid YAML at line ${line}, column ${col} (${error.code})`);
}

function providerOf(name: string, setting: Setting): ProviderSettings {
  if (!NAME.test(name)) throw setting.fault('must have a name of letters, digits, dots, hyphens and underscores');
  if (name === 'simulator') throw setting.fault('must have another name: this one is taken');
  const given = setting.fields(
    'kind',
    'base_url',
    'account_id',
    'api_keys',
    'headers',
    'serves_unlisted_names',
    'connect_timeout_ms',
    'first_byte_timeout_ms',
  );
  const kind = given.kind.oneOf(PROVIDER_KINDS);
  const baseUrl = given.base_url.isGiven ? given.base_url.url() : BASE_URLS[kind];
  if (kind === 'cloudflare' && !given.account_id.isGiven) throw given.account_id.fault('must be given for cloudflare');
  if (kind !== 'cloudflare' && given.account_id.isGiven) throw given.account_id.fault('is for cloudflare only');
  const timeout = (each: Setting) => (each.isGiven ? each.integer(1, LONGEST_TIMEOUT_MS) : null);
  const unlisted = given.serves_unlisted_names;
  return {
    name,
    kind,
    baseUrl: kind === 'cloudflare' ? cloudflareUrl(baseUrl, given.account_id.text()) : baseUrl,
    apiKeys: given.api_keys.items().map(keyOf),
    headers: { ...headersOfKind(kind), ...headersOf(given.headers) },
    servesUnlistedNames: unlisted.isGiven ? unlisted.boolean() : servesUnlistedNames(kind, baseUrl),
    connectTimeoutMs: timeout(given.connect_timeout_ms),
    firstByteTimeoutMs: timeout(given.first_byte_timeout_ms),
  };
}

function keyOf(setting: Setting): string {
  const key = setting.text();
  if (!/^[\x21-\x7e]+$/.test(key)) throw setting.fault('must have visible ASCII characters only');
  return key;
}

function headersOf(setting: Setting): Record<string, string> {
  if (!setting.isGiven) return {};
  return Object.fromEntries(
    [...setting.members()].map(([name, value]) => {
      const lowerCase = name.toLowerCase();
      if (!HEADER.test(name)) throw value.fault('must have the name of a header');
      if (RESERVED_HEADERS.includes(lowerCase)) throw value.fault('must not be set here');
      const text = value.text();
      if (!/^[\x20-\x7e]+$/.test(text)) throw value.fault('must have printable ASCII characters only');
      return [lowerCase, text];
    }),
  );
}

function modelOf(id: string, setting: Setting, providers: readonly ProviderSettings[]): ModelSettings {
  if (id === '' || id.length > LONGEST_MODEL_NAME) throw setting.fault('must have a name of 1 to 256 characters');
  const given = setting.fields(
    'aliases',
    'owned_by',
    'context_tokens',
    'default_completion_tokens',
    'max_completion_tokens',
    'price',
    'targets',
  );
  const price = given.price.isGiven ? priceOf(given.price) : null;
  const targets = given.targets.items().map((target) => targetOf(target, id, price, providers));
  if (targets.length === 0) throw given.targets.fault('must list at least one target');
  if (targets.some(({ weight }) => weight !== null) && targets.some(({ weight }) => weight === null)) {
    throw given.targets.fault('must all have a weight, or none of them');
  }
  const tokens = (each: Setting, usual: number) => (each.isGiven ? each.integer(1, MOST_TOKENS) : usual);
  const limit = given.max_completion_tokens.isGiven ? given.max_completion_tokens.integer(1, MOST_TOKENS) : null;
  return {
    id,
    aliases: given.aliases.items().map((alias) => alias.text()),
    ownedBy: given.owned_by.isGiven ? given.owned_by.text() : targets[0].provider,
    contextTokens: tokens(given.context_tokens, USUAL_CONTEXT_TOKENS),
    defaultCompletionTokens: tokens(
      given.default_completion_tokens,
      Math.min(USUAL_COMPLETION_TOKENS, limit ?? Infinity),
    ),
    maxCompletionTokens: limit,
    targets,
  };
}

function targetOf(
  setting: Setting,
  id: string,
  modelPrice: PriceSettings | null,
  providers: readonly ProviderSettings[],
): TargetSettings {
  const { provider, model, price, weight } = setting.fields('provider', 'model', 'price', 'weight');
  const name = provider.text();
  if (!providers.some((known) => known.name === name)) {
    const names = providers.map((known) => known.name).join(', ') || 'none';
    throw provider.fault(`must name a configured provider (${names})`);
  }
  return {
    provider: name,
    upstreamModel: model.isGiven ? model.text() : id,
    price: price.isGiven ? priceOf(price) : modelPrice,
    weight: weight.isGiven ? weight.integer(1, MOST_WEIGHT) : null,
  };
}

function priceOf(setting: Setting): PriceSettings {
  const given = setting.fields('input', 'cached_input', 'output');
  const input = given.input.number(0, DEAREST_USD);
  const cachedInput = given.cached_input.isGiven ? given.cached_input.number(0, DEAREST_USD) : input;
  if (cachedInput > input) throw given.cached_input.fault('must not be above input: holds are reckoned with that');
  return { input, cachedInput, output: given.output.number(0, DEAREST_USD) };
}

function refuseAmbiguousNames(models: readonly ModelSettings[], setting: Setting): void {
  const seen = new Set<string>();
  for (const name of models.flatMap(({ id, aliases }) => [id, ...aliases])) {
    if (seen.has(name)) throw setting.fault(`has the name '${name}' twice, among models and aliases`);
    seen.add(name);
  }
}

/** The same prices have the same version, wherever and whenever they are read. */
function versionOf(models: readonly ModelSettings[]): string {
  const prices = models.map(({ id, targets }) => [id, targets.map(({ provider, price }) => [provider, price])]);
  return `file-${createHash('sha256').update(JSON.stringify(prices)).digest('hex').slice(0, 12)}`;
}
