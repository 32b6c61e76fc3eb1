import { validateSync } from 'class-validator';
import { IsNotBlank } from './is-not-blank.decorator.js';

class Note {
  @IsNotBlank()
  text: unknown;
}

function isRefused(text: unknown): boolean {
  return validateSync(Object.assign(new Note(), { text })).length > 0;
}

it.each([
  '',
  ' \t\r\n',
  '\u00a0\u1680\u2003\u202f\u3000',
  '\u2028\u2029\u0085',
  '\u200b\u200c\u200d\u2060\ufeff',
  '\u00ad\u061c\u180e',
  '\u2800',
  '\u3164',
  '\u115f\u1160',
  '\uffa0',
  '\u{13441}\u{13442}',
  '\u{1d159}',
  '\u{e0020}\u{e0061}',
  '\ufe0f\u{e0100}',
  '\u034f\u0301',
  ' \u2800\u3164\u200b ',
])('refuses text in which nothing can be seen (%j)', (text) => {
  expect(isRefused(text)).toBe(true);
});

it.each(['a', '.', '7', '我', '한', 'ᄀ', 'ⵣ', '٣', '😀', '❤️', '⠁', '\u2800x', 'e\u0301', '𓀀'])('takes %j', (text) => {
  expect(isRefused(text)).toBe(false);
});

it('leaves what is no text to other rules', () => {
  expect(isRefused(7)).toBe(false);
});
