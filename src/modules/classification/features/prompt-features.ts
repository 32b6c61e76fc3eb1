import { FeatureCollector } from './feature-collector.js';
import type { FeatureSet } from './feature-set.js';
import { hashCodes, hashText, joinHashes } from './hashing.js';
import { INTENT_WORDS } from './intent-words.js';
import { Lexicon } from './lexicon.js';
import type { LexiconMatches } from './lexicon.js';
import { layoutSignals } from './layout-signals.js';
import { misuseContext } from './misuse-context.js';
import { MISUSE_WORDS } from './misuse-words.js';
import { MAX_TOKENS, tokenise } from './tokens.js';
import type { Tokens } from './tokens.js';

const SHORTEST_PART = 3;
const LONGEST_PART = 5;
const LONGEST_WORD_IN_PARTS = 18;
/** Parts of words are worth less than words: there are many of them, and they say the same again. */
const PART_VALUE = 0.6;
/** In long texts parts are taken of the first and last words only. */
const PARTS_FROM_HEAD = 100;
const PARTS_FROM_TAIL = 40;
/** Words at the beginning, where most prompts say what they want. */
const OPENING_WORDS = 4;
const CLOSING_WORDS = 3;

const NUMBER = hashText('#number');
const SALT = {
  pair: hashText('pair'),
  part: hashText('part'),
  opening: hashText('opening'),
  closing: hashText('closing'),
  misuseWords: hashText('misuse words'),
  intentWords: hashText('intent words'),
  mark: hashText('mark'),
};

const WORD_START = Math.imul(SALT.part, 31);
const WORD_END = 1;

const misuseLexicon = new Lexicon(MISUSE_WORDS);
const intentLexicon = new Lexicon(INTENT_WORDS);
const collector = new FeatureCollector();
const wordHashes = new Int32Array(MAX_TOKENS);
const partWords = new Uint16Array(PARTS_FROM_HEAD + PARTS_FROM_TAIL);

/**
 * What the models look at: words, pairs of words, parts of words, lexicon classes in order, layout.
 * The result is written anew by the next call.
 * @param text normalised and of bounded length
 * @param additions plain spellings and decoded text, words only
 * @param marks what others found out about the text, by name
 */
export function promptFeatures(text: string, additions = '', marks: readonly string[] = []): FeatureSet {
  collector.start();
  const tokens = tokenise(text);
  addWords(tokens);
  addBeginnings(tokens);
  collector.endWords();
  addOtherParts(tokens);
  for (const signal of layoutSignals(text)) collector.signal(signal);
  for (const mark of marks) collector.signal(joinHashes(SALT.mark, hashText(mark)));
  if (additions !== '') {
    const added = tokenise(additions);
    addWords(added);
    addBeginnings(added);
    addOtherParts(added);
  }
  return collector.finish();
}

function addWords(tokens: Tokens): void {
  hashWords(tokens);
  for (let at = 0; at < tokens.count; at++) {
    const word = wordHashes[at];
    collector.gram(word, 1);
    if (at > 0 && tokens.endsSentence[at - 1] === 0)
      collector.gram(joinHashes(joinHashes(SALT.pair, wordHashes[at - 1]), word), 1);
  }
  addEnds(tokens);
  const misuseMatches = misuseLexicon.find(tokens, wordHashes);
  addClasses(SALT.misuseWords, tokens, misuseMatches);
  misuseContext(tokens, misuseMatches, collector);
  const intentMatches = intentLexicon.find(tokens, wordHashes);
  addClasses(SALT.intentWords, tokens, intentMatches);
  collector.tellingWords(intentMatches.count);
}

/** Numbers count as one word. */
function hashWords({ codes, count, from, to }: Tokens): void {
  for (let at = 0; at < count; at++) {
    const first = codes[from[at]];
    const isNumber = first >= 48 && first <= 57 && codes[to[at] - 1] <= 57;
    wordHashes[at] = isNumber ? NUMBER : hashCodes(codes, from[at], to[at]);
  }
}

/** Notes in `partWords` which words are taken apart: long enough, and among the first or last. Says how many. */
function findPartWords({ count, from, to }: Tokens): number {
  let found = 0;
  for (let at = 0; at < count; at++) {
    const isEnd = at < PARTS_FROM_HEAD || at >= count - PARTS_FROM_TAIL;
    if (isEnd && to[at] - from[at] >= SHORTEST_PART && wordHashes[at] !== NUMBER) partWords[found++] = at;
  }
  return found;
}

/** Beginnings come first, so that they can be had without the other parts. */
function addBeginnings(tokens: Tokens): void {
  const count = findPartWords(tokens);
  for (let at = 0; at < count; at++) addPartsFrom(tokens, partWords[at], tokens.from[partWords[at]] - 1);
}

function addOtherParts(tokens: Tokens): void {
  const count = findPartWords(tokens);
  for (let at = 0; at < count; at++) {
    const begin = tokens.from[partWords[at]];
    const last = Math.min(tokens.to[partWords[at]], begin + LONGEST_WORD_IN_PARTS) - SHORTEST_PART + 1;
    for (let start = begin; start <= last; start++) addPartsFrom(tokens, partWords[at], start);
  }
}

/** Character n-grams of a word that begin at an offset, the borders of the word marked. */
function addPartsFrom({ codes, from, to }: Tokens, at: number, start: number): void {
  let hash = start < from[at] ? WORD_START : SALT.part;
  const end = Math.min(start + LONGEST_PART, to[at] + 1, from[at] + LONGEST_WORD_IN_PARTS + 1);
  for (let next = Math.max(start, from[at]); next < end; next++) {
    hash = joinHashes(hash, next === to[at] ? WORD_END : codes[next]);
    if (next - start >= SHORTEST_PART - 1) collector.gram(hash, PART_VALUE);
  }
}

function addEnds({ count }: Tokens): void {
  let opening = SALT.opening;
  for (let at = 0; at < Math.min(count, OPENING_WORDS); at++) {
    opening = joinHashes(opening, wordHashes[at]);
    collector.signal(opening);
    collector.signal(joinHashes(joinHashes(SALT.opening, at), wordHashes[at]));
  }
  let closing = SALT.closing;
  for (let at = count - 1; at >= Math.max(0, count - CLOSING_WORDS); at--) {
    closing = joinHashes(closing, wordHashes[at]);
    collector.signal(closing);
  }
}

/** Classes of lexicon words: each one, each with those before it in the sentence, each with the word behind it. */
function addClasses(salt: number, tokens: Tokens, { count, classes, from, to }: LexiconMatches): void {
  let before = 0;
  let beforeThat = 0;
  for (let at = 0; at < count; at++) {
    const lexiconClass = joinHashes(salt, classes[at]);
    if (at > 0 && isSplit(tokens, from[at - 1], from[at])) before = beforeThat = 0;
    collector.signal(lexiconClass);
    if (before !== 0) collector.signal(joinHashes(before, lexiconClass));
    if (beforeThat !== 0) collector.signal(joinHashes(joinHashes(beforeThat, before), lexiconClass));
    if (to[at] < tokens.count && tokens.endsSentence[to[at] - 1] === 0)
      collector.signal(joinHashes(lexiconClass + 1, wordHashes[to[at]]));
    beforeThat = before;
    before = lexiconClass;
  }
}

function isSplit({ endsSentence }: Tokens, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (endsSentence[at] === 1) return true;
  return false;
}
