import { parseArgs } from 'node:util';
import type { DataSource } from 'typeorm';
import { CATALOGUE, PRICE_VERSION } from '../modules/proxy/models/catalogue.js';
import { modelPrice } from '../modules/proxy/models/model-price.js';
import type { ModelPrice } from '../modules/usage/pricing/model-price.js';
import { reprice, SeveralTargets } from '../modules/usage/pricing/repricing.js';
import type { RepricingRequest, RepricingResult } from '../modules/usage/pricing/repricing.js';
import { withBooks } from './books.js';
import { UsageError } from './usage-error.js';

const NANO_USD_PER_USD = 1_000_000_000;

export const REPRICE_USAGE = `  reprice --version VERSION --model MODEL [--provider NAME] [--upstream-model NAME] [--input USD --output USD [--cached-input USD]
           [--cache-write-5m USD] [--cache-write-1h USD] --as VERSION] [--dry-run]
           correct calls of a model that were billed with a wrong version of the prices. The right ones are those of
           the catalogue, or the given ones (USD per million tokens) under a version of their own. Running it twice
           changes nothing. Where fallbacks answered some of the calls, name the target whose price was wrong.`;

type PriceOption = 'input' | 'cached-input' | 'output' | 'cache-write-5m' | 'cache-write-1h';

/** Resolves with the exit code. */
export async function repriceCommand(args: string[], print: (line: string) => void): Promise<number> {
  const { version, ...wish } = wishOf(args);
  const { model, dryRun, price } = wish;
  const result = await withBooks((dataSource) => repriceOneTarget(dataSource, { billedVersion: version, ...wish }));
  const [before, after] = [result.costBeforeNanoUsd, result.costAfterNanoUsd].map((cost) => cost / NANO_USD_PER_USD);
  print(
    `${result.calls} calls of ${model} billed with ${version} ${dryRun ? 'would be' : 'were'} corrected to ` +
      `${price.version}: ${before} USD become ${after} USD`,
  );
  return 0;
}

/** @throws UsageError that names the targets to choose from */
async function repriceOneTarget(dataSource: DataSource, request: RepricingRequest): Promise<RepricingResult> {
  try {
    return await reprice(dataSource, request);
  } catch (error) {
    if (!(error instanceof SeveralTargets)) throw error;
    throw refused(`${error.message}: choose one with --provider and --upstream-model, as each has its own price`);
  }
}

/** @throws UsageError that says what is missing */
function wishOf(args: string[]) {
  const { values } = parse(args);
  if (values.version === undefined || values.model === undefined) throw refused('--version and --model are needed');
  const price = values.input === undefined ? catalogued(values.model) : givenPrice(values);
  if (price.version === values.version) {
    throw refused(`the right prices need another version than ${values.version}: name it with --as`);
  }
  return {
    version: values.version,
    model: values.model,
    provider: values.provider,
    upstreamModel: values['upstream-model'],
    dryRun: values['dry-run'] ?? false,
    price,
  };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const options = {
    version: text,
    model: text,
    provider: text,
    'upstream-model': text,
    input: text,
    'cached-input': text,
    'cache-write-5m': text,
    'cache-write-1h': text,
    output: text,
    as: text,
    'dry-run': { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args: withSignedValues(args), options });
  } catch (error) {
    throw refused((error as Error).message);
  }
}

/** `--input -3` as `--input=-3`: a negative number is a wrong value, not an option that is unknown. */
function withSignedValues(args: string[]): string[] {
  return args.flatMap((arg, index) => {
    if (isSigned(arg) && isBareOption(args[index - 1])) return [];
    const next = args[index + 1];
    return isBareOption(arg) && isSigned(next) ? [`${arg}=${next}`] : [arg];
  });
}

const isSigned = (arg: string | undefined): boolean => /^-\d/.test(arg ?? '');
const isBareOption = (arg: string | undefined): boolean => /^--[a-z][a-z\d-]*$/.test(arg ?? '');

function catalogued(model: string): ModelPrice {
  const usd = CATALOGUE.find(({ id }) => id === model)?.usd;
  if (usd == null) throw refused(`the catalogue has no price for ${model}: give --input, --output and --as`);
  return modelPrice(PRICE_VERSION, usd);
}

function givenPrice(values: Partial<Record<PriceOption | 'as', string>>): ModelPrice {
  if (values.as === undefined) throw refused('given prices need a version of their own: --as');
  const input = dollars('--input', values.input);
  const given = (name: PriceOption) => (values[name] === undefined ? undefined : dollars(`--${name}`, values[name]));
  return modelPrice(values.as, {
    input,
    cachedInput: given('cached-input') ?? input,
    output: dollars('--output', values.output),
    cacheWrite5m: given('cache-write-5m'),
    cacheWrite1h: given('cache-write-1h'),
  });
}

function dollars(name: string, value: string | undefined): number {
  if (value === undefined || !/^\d+(\.\d+)?$/.test(value)) {
    throw refused(`${name} must be USD per million tokens, 0 or more, such as 0.15; it is ${value ?? 'missing'}`);
  }
  return Number(value);
}

function refused(reason: string): UsageError {
  return new UsageError(`${reason}\nUsage: npm run ledger -- <command>\n${REPRICE_USAGE}`);
}
