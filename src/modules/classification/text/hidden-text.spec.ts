import { seededRandom } from '../training/random.js';
import { plainSpellings } from './hidden-text.js';

const ALPHABET = 'abe 10.4$!-@7z\n*é';

function randomText(random: () => number): string {
  return Array.from({ length: 60 }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]).join('');
}

/** The same by patterns over the whole text, which say what is meant and take longer. */
function byPatterns(text: string): string[] {
  const leet =
    /(?<![a-z0-9@$])(?=[a-z0-9@$!]{0,24}[a-z])(?=[a-z0-9@$!]{0,24}[0134578@$!][a-z0134578@$!])[a-z0134578@$!]{3,24}/g;
  const spaced = /(?<![a-z])[a-z](?:[ ._*-][a-z]){3,24}(?![a-z])/g;
  const plain: Record<string, string> = { '0': 'o', '1': 'i', '4': 'a', '7': 't', '@': 'a', $: 's', '!': 'i' };
  return [
    ...[...text.matchAll(leet)].map(([word]) => word.replace(/[0147@$!]/g, (sign) => plain[sign])),
    ...[...text.matchAll(spaced)].map(([letters]) => letters.replace(/[ ._*-]/g, '')),
  ];
}

describe('plainSpellings', () => {
  it('finds what patterns over the whole text find', () => {
    const random = seededRandom(3);
    const texts = Array.from({ length: 2_000 }, () => randomText(random));
    for (const text of texts) expect(plainSpellings(text).split(' ').filter(Boolean)).toEqual(byPatterns(text));
    expect(texts.filter((text) => byPatterns(text).length > 0).length).toBeGreaterThan(200);
  });

  it('gives forty words at most', () => {
    expect(plainSpellings('h4ck '.repeat(500)).split(' ')).toHaveLength(40);
  });
});
