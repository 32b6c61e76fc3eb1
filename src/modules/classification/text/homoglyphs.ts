/** Letters of other scripts that look like Latin ones, each followed by what it looks like. */
const LOOKALIKES =
  'аaвbсcԁdеeёeһhіiїiјjкkмmоoрpԛqѕsтtуyхxԝwɡgɩiⅼlΑaαaΒbβbΕeεeΖzΗhηnΙiιiΚkκkΜmΝnνvΟoοoΡpρpΤtτtΥyυuΧxχxωwօoոnѵvʏyʀrɴnʟlɪiʜhᴀaʙbᴄcᴅdᴇeᴊjᴋkᴍmᴏoᴘpᴛtᴜuᴠvᴡwᴢz';

const LATIN_FOR = new Map<number, string>();
for (let at = 0; at < LOOKALIKES.length; at += 2) LATIN_FOR.set(LOOKALIKES.charCodeAt(at), LOOKALIKES[at + 1]);
const ANY_LOOKALIKE = new RegExp(`[${[...LATIN_FOR.keys()].map((code) => String.fromCharCode(code)).join('')}]`);

const WORD_WITH_BOTH = /(?=[^\s]*[a-z])(?=[^\s]*[^\s\x00-\x7f])[^\s]+/g;

/**
 * Writes look-alike letters as Latin ones, only in words that mix scripts: a Russian or Greek word stays what it is.
 * @param text in lower case
 */
export function foldHomoglyphs(text: string): string {
  if (!ANY_LOOKALIKE.test(text)) return text;
  return text.replace(WORD_WITH_BOTH, (word) => {
    let folded = '';
    for (const letter of word) folded += LATIN_FOR.get(letter.charCodeAt(0)) ?? letter;
    return folded;
  });
}
