import { hashText, joinHashes } from './hashing.js';
import type { Tokens } from './tokens.js';

const MAX_PHRASE_WORDS = 3;
const MAX_MATCHES = 400;

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
  private readonly classOf = new Map<number, number>();
  /** Hashes of words with which a phrase begins. */
  private readonly phraseStarts = new Set<number>();
  private readonly matches: LexiconMatches = {
    count: 0,
    classes: new Uint8Array(MAX_MATCHES),
    from: new Uint16Array(MAX_MATCHES),
    to: new Uint16Array(MAX_MATCHES),
  };

  /** @param words entries of each class, in the notation of misuse-words.ts; the first class of an entry counts */
  constructor(words: Readonly<Record<string, string>>) {
    Object.values(words).forEach((entries, index) => {
      for (const entry of entries.split(' ')) {
        if (entry.endsWith('~')) for (const form of inflect(entry.slice(0, -1))) this.learn(form, index + 1);
        else this.learn(entry, index + 1);
      }
    });
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
    let found = this.classOf.get(wordHashes[at]) ?? 0;
    let words = found === 0 ? 0 : 1;
    if (this.phraseStarts.has(wordHashes[at])) {
      let hash = wordHashes[at];
      for (let more = 1; more < MAX_PHRASE_WORDS && at + more < count; more++) {
        hash = joinHashes(hash, wordHashes[at + more]);
        const phrase = this.classOf.get(hash);
        if (phrase !== undefined) {
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

  private learn(entry: string, lexiconClass: number): void {
    const words = entry
      .split(/[_\-.]/)
      .filter(Boolean)
      .map((word) => hashText(word));
    if (words.length > 1) this.phraseStarts.add(words[0]);
    const hash = words.reduce(joinHashes);
    if (!this.classOf.has(hash)) this.classOf.set(hash, lexiconClass);
  }
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
