import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { ConfigurationError } from '../configuration-error.js';
import { environmentProviders } from './environment-providers.js';
import { Environment } from '../environment.js';
import { parseGatewayFile } from './parse-gateway-file.js';

const VARIABLES: Record<string, string> = { KEY_1: 'sk-one', KEY_2: 'sk-two', EMPTY: '' };
const lookUp = (name: string) => VARIABLES[name];
const OPENAI = environmentProviders(Object.assign(new Environment(), { OPENAI_API_KEY: 'sk-env' }));
const parse = (yaml: string) => parseGatewayFile(yaml, OPENAI, lookUp);
const provider = (settings: string) => `providers: { p: { kind: openai, ${settings} } }`;
const model = (settings: string) => `models: { m: { ${settings} } }`;
const TARGET = 'targets: [{ provider: openai }]';

describe('parseGatewayFile', () => {
  it('leaves the providers of the environment alone when it says nothing', () => {
    for (const yaml of ['', '{}', '# nothing']) {
      expect(parse(yaml)).toMatchObject({ providers: OPENAI, models: [], offersOtherModels: true });
    }
  });

  it('reads providers, with references to the environment', () => {
    const { providers } = parse(`
providers:
  openai: { kind: openai, api_keys: ["\${KEY_1}", "\${KEY_2}", sk-literal], first_byte_timeout_ms: 900 }
  edge: { kind: cloudflare, account_id: "a b", api_keys: ["\${KEY_1}"] }
  router: { kind: openrouter, headers: { X-Title: "My \${KEY_2}" } }
  own: { kind: openai, base_url: "http://10.0.0.1:8000/v1" }
`);
    expect(providers).toMatchObject([
      { name: 'openai', apiKeys: ['sk-one', 'sk-two', 'sk-literal'], firstByteTimeoutMs: 900, connectTimeoutMs: null },
      { name: 'edge', baseUrl: 'https://api.cloudflare.com/client/v4/accounts/a%20b/ai/v1' },
      { name: 'router', headers: { 'x-title': 'My sk-two', 'http-referer': 'http://localhost' } },
      { name: 'own', apiKeys: [], servesUnlistedNames: true },
    ]);
  });

  it('reads models with aliases, limits, prices and weights', () => {
    const { models, priceVersion } = parse(`
models:
  house:
    aliases: [house-latest]
    context_tokens: 1000
    max_completion_tokens: 500
    price: { input: 2, output: 8 }
    targets:
      - { provider: openai, model: gpt-4o, weight: 3 }
      - { provider: openai, weight: 1, price: { input: 1, cached_input: 0.5, output: 2 } }
`);
    expect(models).toEqual([
      {
        id: 'house',
        aliases: ['house-latest'],
        ownedBy: 'openai',
        contextTokens: 1_000,
        defaultCompletionTokens: 500,
        maxCompletionTokens: 500,
        targets: [
          { provider: 'openai', upstreamModel: 'gpt-4o', weight: 3, price: { input: 2, cachedInput: 2, output: 8 } },
          { provider: 'openai', upstreamModel: 'house', weight: 1, price: { input: 1, cachedInput: 0.5, output: 2 } },
        ],
      },
    ]);
    expect(priceVersion).toMatch(/^file-[0-9a-f]{12}$/);
  });

  it('gives the same prices the same version, and others another', () => {
    const version = (price: string) => parse(model(`${TARGET}, price: { input: ${price}, output: 9 }`)).priceVersion;
    expect(version('1')).toBe(version('1.0'));
    expect(version('1')).not.toBe(version('2'));
    expect(parse(`price_version: mine`).priceVersion).toBe('mine');
  });

  it.each([
    ['a: [', /^the file is not valid YAML at line \d+, column \d+/],
    ['- a', /^the file must be a mapping/],
    ['provider: {}', /^the file has no setting 'provider'; it has providers, models/],
    ['providers: { "a b": { kind: openai } }', /^providers\.a b must have a name/],
    ['providers: { simulator: { kind: openai } }', /another name/],
    ['providers: { p: { base_url: "http://x" } }', /^providers\.p\.kind must be one of openai, anthropic/],
    [provider('base_url: "ftp://x"'), /^providers\.p\.base_url must be a URL with http/],
    [provider('api_keys: sk'), /^providers\.p\.api_keys must be a list/],
    [provider('api_keys: ["${NOT_SET}"]'), /^providers\.p\.api_keys\[0\] refers to NOT_SET, which is not set/],
    [provider('api_keys: ["${EMPTY}"]'), /refers to EMPTY/],
    [provider('api_keys: ["sk secret"]'), /^providers\.p\.api_keys\[0\] must have visible/],
    [provider('api_key: sk'), /^providers\.p has no setting 'api_key'/],
    [provider('headers: { Authorization: x }'), /^providers\.p\.headers\.Authorization must not be set here/],
    [provider('headers: { X-A: "a\\nb" }'), /printable ASCII/],
    [provider('connect_timeout_ms: 0.5'), /^providers\.p\.connect_timeout_ms must be an integer between 1/],
    [provider('account_id: x'), /^providers\.p\.account_id is for cloudflare only/],
    ['providers: { p: { kind: cloudflare } }', /^providers\.p\.account_id must be given/],
    [model('price: { input: 1, output: 1 }'), /^models\.m\.targets must list at least one target/],
    [
      model('targets: [{ provider: nobody }]'),
      /^models\.m\.targets\[0\]\.provider must name a configured provider \(openai\)/,
    ],
    [model('targets: [{ provider: openai, weight: 1 }, { provider: openai }]'), /must all have a weight/],
    [model(`${TARGET}, price: { input: -1, output: 1 }`), /^models\.m\.price\.input must be a number between 0/],
    [model(`${TARGET}, price: { input: 1 }`), /^models\.m\.price\.output must be a number/],
    [model(`${TARGET}, price: { input: 1, cached_input: 2, output: 3 }`), /cached_input must not be above input/],
    [model(`${TARGET}, context_tokens: 1e9`), /^models\.m\.context_tokens must be an integer/],
    [model(`${TARGET}, aliases: [m]`), /^models has the name 'm' twice/],
    ['offer_other_models: maybe', /^offer_other_models must be true or false/],
  ])('refuses %s in one line', (yaml, message) => {
    let thrown: unknown;
    try {
      parse(yaml);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigurationError);
    const text = (thrown as Error).message;
    expect(text).toMatch(message);
    expect(text).not.toContain('\n');
    expect(text).not.toContain('secret');
  });

  it('accepts the example of the documentation', () => {
    const { providers, models } = parseGatewayFile(readFileSync('gatehouse.example.yaml', 'utf8'), [], () => 'sk-x');
    expect(providers.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['openai', 'anthropic', 'cloudflare']));
    expect(models.length).toBeGreaterThan(2);
  });
});
