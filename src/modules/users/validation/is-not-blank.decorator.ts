import { ValidateBy } from 'class-validator';

/**
 * Something visible: a letter, digit, mark of punctuation or symbol, but for those that are drawn as nothing: fillers of Hangul and
 * the like (which are ignorable by default), the blank of Braille, the blanks of hieroglyphs and the null note of music.
 */
const VISIBLE = /(?!\p{Default_Ignorable_Code_Point})(?![\u2800\u{13441}\u{13442}\u{1d159}])[\p{L}\p{N}\p{P}\p{S}]/u;

/** Text with something visible in it. Whether it is text at all is for another rule to say. */
export const IsNotBlank = () =>
  ValidateBy({
    name: 'isNotBlank',
    validator: {
      validate: (value: unknown) => typeof value !== 'string' || VISIBLE.test(value),
      defaultMessage: (argument) => `${argument?.property ?? 'value'} must not be blank`,
    },
  });
