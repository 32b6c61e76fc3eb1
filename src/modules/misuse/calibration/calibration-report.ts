import { BANDS } from '../behaviour/calibration.js';
import type { CalibrationLine } from './read-reviewed-prompt.js';

/** For each model version and band of scores: how many of the reviewed prompts were false positives. */
export function calibrationReport(lines: readonly CalibrationLine[]): string {
  const versions = [...new Set(lines.map(({ model_version }) => model_version))].sort();
  const tables = versions.map((version) => {
    const rows = BANDS.map(({ from }, at) => {
      const below = at === 0 ? Infinity : BANDS[at - 1].from;
      const inBand = lines.filter(
        ({ model_version, score }) => model_version === version && score >= from && score < below,
      );
      return [`from ${from}`, ...countsOf(inBand)];
    });
    const ofVersion = lines.filter(({ model_version }) => model_version === version);
    return [`model ${version}`, ...[HEADER, ...rows, ['all', ...countsOf(ofVersion)]].map(rowOf)].join('\n');
  });
  return tables.length === 0 ? 'Nothing has been reviewed yet.' : tables.join('\n\n');
}

/** Rows of misuse_train.jsonl, of those prompts whose text was kept; a confirmed one without a category is left out. */
export function trainingLines(lines: readonly CalibrationLine[]): string[] {
  return lines.flatMap(({ verdict, category, excerpt }) => {
    if (excerpt === null) return [];
    if (verdict === 'false_positive') return [JSON.stringify({ text: excerpt, label: 0, source: SOURCE })];
    return category === null ? [] : [JSON.stringify({ text: excerpt, label: 1, category, source: SOURCE })];
  });
}

const SOURCE = 'reviewed';
const HEADER = ['score', 'reviewed', 'false positives', 'confirmed', 'share of false positives'];

function countsOf(lines: readonly CalibrationLine[]): string[] {
  const wrong = lines.filter(({ verdict }) => verdict === 'false_positive').length;
  const share = lines.length === 0 ? '–' : `${((100 * wrong) / lines.length).toFixed(1)} %`;
  return [String(lines.length), String(wrong), String(lines.length - wrong), share];
}

function rowOf(cells: readonly string[]): string {
  return cells.map((cell, at) => (at === 0 ? cell.padEnd(9) : cell.padStart(HEADER[at].length))).join('  ');
}
