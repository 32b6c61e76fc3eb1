import fc from 'fast-check';
import { scanJsonObject } from './json-object-scanner.js';
import { rawMember, spliceJsonObject } from './json-splice.js';

const NOTHING: ReadonlySet<string> = new Set();
const splice = (json: string, set: Record<string, string>, remove: ReadonlySet<string> = NOTHING) =>
  spliceJsonObject(Buffer.from(json), { set, remove }).toString();

describe('spliceJsonObject', () => {
  it('replaces a value and leaves every other byte as it is', () => {
    expect(splice('{ "a" : 1.50 ,\n\t"model":"x" , "b":[ 1 , 2 ] }', { model: '"y"' })).toBe(
      '{ "a" : 1.50 ,\n\t"model":"y" , "b":[ 1 , 2 ] }',
    );
  });

  it('adds what is missing at the end', () => {
    expect(splice('{"a":1}', { b: '2' })).toBe('{"a":1,"b":2}');
    expect(splice('{ }', { b: '2' })).toBe('{"b":2}');
  });

  it.each([
    ['first', '{"x":1,"a":2,"b":3}', '{"a":2,"b":3}'],
    ['middle', '{"a":2, "x":1, "b":3}', '{"a":2, "b":3}'],
    ['last', '{"a":2,"b":3,"x":{"y":[1]} }', '{"a":2,"b":3}'],
    ['only', '{"x":1}', '{}'],
  ])('removes the %s member with its comma', (_place, before, after) => {
    expect(splice(before, {}, new Set(['x']))).toBe(after);
  });

  it('keeps only the last of several members with one key, however the key is spelt', () => {
    expect(splice('{"model":"cheap","n":1,"mod\\u0065l":"dear"}', {})).toBe('{"n":1,"mod\\u0065l":"dear"}');
    expect(splice('{"model":"cheap","mod\\u0065l":"dear"}', { model: '"ours"' })).toBe('{"mod\\u0065l":"ours"}');
    expect(splice('{"api_k\\u0065y":"s","a":1}', {}, new Set(['api_key']))).toBe('{"a":1}');
  });

  it('is not confused by quotes, backslashes and braces inside strings', () => {
    const json = String.raw`{"a":"}\",\\","b":"\\\\","model":"x","c":["]","{"]}`;
    expect(splice(json, { model: '"y"' })).toBe(json.replace('"x"', '"y"'));
  });

  it('does not mind a byte order mark', () => {
    expect(splice('\uFEFF{"a":1}', { a: '2' })).toBe('\uFEFF{"a":2}');
  });

  it('survives nesting of a hundred thousand levels', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(splice(`{"deep":${deep},"model":"x"}`, { model: '"y"' })).toBe(`{"deep":${deep},"model":"y"}`);
  });

  it.each(['', '[]', '"a"', '{', '{"a"', '{"a":', '{"a":1', '{"a":"', '{"a":1,}', '{"a":[1}'])(
    'throws on %j instead of running away',
    (json) => expect(() => scanJsonObject(Buffer.from(json))).toThrow(SyntaxError),
  );

  it('agrees with JSON.parse on any object, written with any white space', () => {
    const object = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue());
    const raw = fc.jsonValue().map((value) => JSON.stringify(value));
    const changes = fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      raw,
      { maxKeys: 3 },
    );
    const indent = fc.constantFrom(undefined, 1, '\t');
    fc.assert(
      fc.property(object, changes, fc.array(fc.string(), { maxLength: 3 }), indent, (value, set, removed, space) => {
        const bytes = Buffer.from(JSON.stringify(value, null, space));
        const remove = new Set(
          [...removed, ...Object.keys(value).slice(0, 1)].filter((key) => !Object.hasOwn(set, key)),
        );
        const result = spliceJsonObject(bytes, { set, remove });
        const parsed = JSON.parse(bytes.toString()) as object;
        const expected = new Map<string, unknown>(Object.entries(parsed).filter(([key]) => !remove.has(key)));
        for (const [key, json] of Object.entries(set)) expected.set(key, JSON.parse(json));
        expect(new Map(Object.entries(JSON.parse(result.toString()) as object))).toEqual(expected);
        for (const key of expected.keys()) {
          const untouched = !Object.hasOwn(set, key);
          if (untouched) expect(rawMember(result, key)).toEqual(rawMember(bytes, key));
        }
      }),
    );
  });
});
