import { HashTable } from './hash-table.js';
import { hashText, joinHashes } from './hashing.js';
import type { Tokens } from './tokens.js';

const MAX_PHRASE_WORDS = 3;
const MAX_MATCHES = 400;
/** Parts of what the table says of a word. */
const CLASS = 0x7f;
const STARTS_PHRASE = 0x80;

/** Words of a text that stand in a lexicon, in order. */
export interface LexiconMatches {
  count: number;
  /** Class of each match, 1 and up. */
  readonly classes: Uint8Array;
  /** Index of the match's first word, and of the word behind it. */
  readonly from: Uint16Array;
  readonly to: Uint16Array;
}

/** Classes of words and phrases, found by hash. */
export class Lexicon {
  /** Class by hash, and `STARTS_PHRASE` for words with which a phrase begins. */
  private readonly table: HashTable;
  private readonly matches: LexiconMatches = {
    count: 0,
    classes: new Uint8Array(MAX_MATCHES),
    from: new Uint16Array(MAX_MATCHES),
    to: new Uint16Array(MAX_MATCHES),
  };

  /** @param words entries of each class, in the notation of misuse-words.ts; the first class of an entry counts */
  constructor(words: Readonly<Record<string, string>>) {
    const values = new Map<number, number>();
    Object.values(words).forEach((entries, index) => {
      for (const entry of entries.split(' ')) {
        if (entry.endsWith('~')) for (const form of inflect(entry.slice(0, -1))) learn(values, form, index + 1);
        else learn(values, entry, index + 1);
      }
    });
    this.table = new HashTable(values);
  }

  /**
   * Finds the words and phrases of the lexicon. The result is written anew by the next call.
   * @param wordHashes hash of each word of `tokens`
   */
  find({ count }: Tokens, wordHashes: Int32Array): LexiconMatches {
    this.matches.count = 0;
    let at = 0;
    while (at < count && this.matches.count < MAX_MATCHES) at += this.matchAt(count, wordHashes, at) || 1;
    return this.matches;
  }

  /** Records the longest entry that begins at a word; says how many words it has, 0 for none. */
  private matchAt(count: number, wordHashes: Int32Array, at: number): number {
    const value = this.table.get(wordHashes[at]);
    if (value === 0) return 0;
    let found = value & CLASS;
    let words = found === 0 ? 0 : 1;
    if ((value & STARTS_PHRASE) !== 0) {
      let hash = wordHashes[at];
      for (let more = 1; more < MAX_PHRASE_WORDS && at + more < count; more++) {
        hash = joinHashes(hash, wordHashes[at + more]);
        const phrase = this.table.get(hash) & CLASS;
        if (phrase !== 0) {
          found = phrase;
          words = more + 1;
        }
      }
    }
    if (words === 0) return 0;
    const { matches } = this;
    matches.classes[matches.count] = found;
    matches.from[matches.count] = at;
    matches.to[matches.count] = at + words;
    matches.count++;
    return words;
  }
}

function learn(values: Map<number, number>, entry: string, lexiconClass: number): void {
  const words = entry
    .split(/[_\-.]/)
    .filter(Boolean)
    .map((word) => hashText(word));
  if (words.length > 1) values.set(words[0], (values.get(words[0]) ?? 0) | STARTS_PHRASE);
  const hash = words.reduce(joinHashes);
  const known = values.get(hash) ?? 0;
  if ((known & CLASS) === 0) values.set(hash, known | lexiconClass);
}

/** A word with its usual English endings; some forms exist in no dictionary, which does no harm. */
function inflect(word: string): string[] {
  if (word.endsWith('e')) return ['', 's', 'd', 'r', 'rs'].map((end) => word + end).concat(`${word.slice(0, -1)}ing`);
  if (/[^aeiou]y$/.test(word))
    return [word, ...['ies', 'ied', 'ier'].map((end) => word.slice(0, -1) + end), `${word}ing`];
  const doubled = /[^aeiou][aeiou][bdgklmnprt]$/.test(word) ? word + word.slice(-1) : word;
  return [
    word,
    `${word}s`,
    `${word}es`,
    ...[word, doubled].flatMap((stem) => [`${stem}ed`, `${stem}ing`, `${stem}er`]),
  ];
}
