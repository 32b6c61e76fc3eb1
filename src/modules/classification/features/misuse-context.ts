import type { FeatureCollector } from './feature-collector.js';
import { hashText, joinHashes } from './hashing.js';
import type { LexiconMatches } from './lexicon.js';
import { MISUSE_WORDS } from './misuse-words.js';
import type { Tokens } from './tokens.js';

const CLASS_COUNT = Object.keys(MISUSE_WORDS).length + 1;
/** A short prompt is one thought; in a longer one words must share a sentence to have to do with each other. */
const ONE_THOUGHT_WORDS = 45;
const MOST_ALARMING = 4;

const ALARMING = toClasses(
  'kill hurt destroy steal cheat hack exploit weapon poison drug malware hate insult sexual selfharm fakeitem theft propaganda surveil',
);
/** What makes alarming words harmless more often than not: machines, games, fiction, history, help, pests, food. */
const SOOTHING = toClasses('techobject game fiction history define protect study law figurative pest food');

const SALT = {
  pair: hashText('together'),
  soothed: hashText('soothed'),
  alone: hashText('alone'),
  count: hashText('alarming words'),
};

function toClasses(names: string): boolean[] {
  const wanted = names.split(' ');
  return [false, ...Object.keys(MISUSE_WORDS).map((name) => wanted.includes(name))];
}

/**
 * Which classes of misuse words stand together in a thought, in any order; and whether an alarming one stands beside
 * nothing that soothes.
 */
export function misuseContext(tokens: Tokens, matches: LexiconMatches, collector: FeatureCollector): void {
  const isOneThought = tokens.count <= ONE_THOUGHT_WORDS;
  let first = 0;
  for (let at = 1; at <= matches.count; at++) {
    const ends =
      at === matches.count || (!isOneThought && sentenceEnds(tokens, matches.from[at - 1], matches.from[at]));
    if (!ends) continue;
    thought(classesIn(matches, first, at), collector);
    first = at;
  }
}

function classesIn({ classes }: LexiconMatches, from: number, to: number): number[] {
  const present = new Uint8Array(CLASS_COUNT);
  for (let at = from; at < to; at++) present[classes[at]] = 1;
  const found: number[] = [];
  for (let lexiconClass = 1; lexiconClass < CLASS_COUNT; lexiconClass++) {
    if (present[lexiconClass] === 1) found.push(lexiconClass);
  }
  return found;
}

function thought(classes: readonly number[], collector: FeatureCollector): void {
  const alarming = classes.filter((lexiconClass) => ALARMING[lexiconClass]);
  const isSoothed = classes.some((lexiconClass) => SOOTHING[lexiconClass]);
  const salt = isSoothed ? SALT.soothed : SALT.alone;
  collector.signal(joinHashes(joinHashes(SALT.count, salt), Math.min(alarming.length, MOST_ALARMING)));
  for (const lexiconClass of alarming) collector.signal(joinHashes(salt, lexiconClass));
  classes.forEach((first, at) => {
    for (let other = at + 1; other < classes.length; other++) {
      const pair = joinHashes(joinHashes(SALT.pair, first), classes[other]);
      collector.signal(pair);
      if (!isSoothed) collector.signal(joinHashes(pair, SALT.alone));
    }
  });
}

function sentenceEnds({ endsSentence }: Tokens, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (endsSentence[at] === 1) return true;
  return false;
}
