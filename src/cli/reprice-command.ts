import { parseArgs } from 'node:util';
import { CATALOGUE, PRICE_VERSION } from '../modules/proxy/models/catalogue.js';
import type { ModelPrice } from '../modules/usage/pricing/model-price.js';
import { reprice } from '../modules/usage/pricing/repricing.js';
import { withBooks } from './books.js';
import { UsageError } from './usage-error.js';

/** One USD for a million tokens is a thousand nano-dollars for each. */
const NANO_USD_PER_TOKEN = 1_000;
const NANO_USD_PER_USD = 1_000_000_000;

export const REPRICE_USAGE = `  reprice --version VERSION --model MODEL [--input USD --output USD [--cached-input USD] --as VERSION] [--dry-run]
           correct calls of a model that were billed with a wrong version of the prices. The right ones are those of
           the catalogue, or the given ones (USD per million tokens) under a version of their own. Running it twice
           changes nothing.`;

/** Resolves with the exit code. */
export async function repriceCommand(args: string[], print: (line: string) => void): Promise<number> {
  const { version, model, dryRun, price } = wishOf(args);
  const result = await withBooks((dataSource) => reprice(dataSource, { billedVersion: version, model, price, dryRun }));
  const [before, after] = [result.costBeforeNanoUsd, result.costAfterNanoUsd].map((cost) => cost / NANO_USD_PER_USD);
  print(
    `${result.calls} calls of ${model} billed with ${version} ${dryRun ? 'would be' : 'were'} corrected to ` +
      `${price.version}: ${before} USD become ${after} USD`,
  );
  return 0;
}

/** @throws UsageError that says what is missing */
function wishOf(args: string[]) {
  const { values } = parse(args);
  if (values.version === undefined || values.model === undefined) throw refused('--version and --model are needed');
  const price = values.input === undefined ? catalogued(values.model) : givenPrice(values);
  if (price.version === values.version) {
    throw refused(`the right prices need another version than ${values.version}: name it with --as`);
  }
  return { version: values.version, model: values.model, dryRun: values['dry-run'] ?? false, price };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const options = {
    version: text,
    model: text,
    input: text,
    'cached-input': text,
    output: text,
    as: text,
    'dry-run': { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args, options });
  } catch (error) {
    throw refused((error as Error).message);
  }
}

function catalogued(model: string): ModelPrice {
  const usd = CATALOGUE.find(({ id }) => id === model)?.usd;
  if (usd == null) throw refused(`the catalogue has no price for ${model}: give --input, --output and --as`);
  return priceOf(PRICE_VERSION, usd.input, usd.cachedInput, usd.output);
}

function givenPrice(values: Partial<Record<'input' | 'cached-input' | 'output' | 'as', string>>): ModelPrice {
  if (values.as === undefined) throw refused('given prices need a version of their own: --as');
  const input = dollars('--input', values.input);
  const cachedInput = values['cached-input'] === undefined ? input : dollars('--cached-input', values['cached-input']);
  return priceOf(values.as, input, cachedInput, dollars('--output', values.output));
}

function dollars(name: string, value: string | undefined): number {
  if (value === undefined || !/^\d+(\.\d+)?$/.test(value)) throw refused(`${name} must be USD per million tokens`);
  return Number(value);
}

function priceOf(version: string, input: number, cachedInput: number, output: number): ModelPrice {
  const perToken = (usd: number): number => Math.round(usd * NANO_USD_PER_TOKEN);
  return {
    version,
    inputNanoUsdPerToken: perToken(input),
    cachedInputNanoUsdPerToken: perToken(cachedInput),
    outputNanoUsdPerToken: perToken(output),
  };
}

function refused(reason: string): UsageError {
  return new UsageError(`${reason}\nUsage: npm run ledger -- <command>\n${REPRICE_USAGE}`);
}
