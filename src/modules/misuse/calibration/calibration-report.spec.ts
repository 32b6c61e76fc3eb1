import { calibrationReport, trainingLines } from './calibration-report.js';
import { readReviewedPrompt } from './read-reviewed-prompt.js';
import type { CalibrationLine } from './read-reviewed-prompt.js';

const prompt = (change: Partial<CalibrationLine> = {}): CalibrationLine => ({
  verdict: 'false_positive',
  score: 0.95,
  category: 'jailbreak',
  model_version: 'm1',
  excerpt: 'Pretend.',
  ...change,
});

const rowsOf = (report: string): string[][] => report.split('\n').map((line) => line.trim().split(/ {2,}/));

it('counts false positives by band of scores and model version', () => {
  const report = calibrationReport([
    prompt(),
    prompt({ score: 0.9, verdict: 'confirmed' }),
    prompt({ score: 0.899 }),
    prompt({ score: 0.5, verdict: 'confirmed' }),
    prompt({ score: 0.6, model_version: 'm2' }),
  ]);
  const [first, second] = report.split('\n\n').map(rowsOf);
  expect(first.slice(2)).toEqual([
    ['from 0.9', '2', '1', '1', '50.0 %'],
    ['from 0.7', '1', '1', '0', '100.0 %'],
    ['from 0.5', '1', '0', '1', '0.0 %'],
    ['from 0', '0', '0', '0', '–'],
    ['all', '4', '2', '2', '50.0 %'],
  ]);
  expect([first[0], second[0]]).toEqual([['model m1'], ['model m2']]);
  expect(second.at(-1)).toEqual(['all', '1', '1', '0', '100.0 %']);
  expect(calibrationReport([])).toBe('Nothing has been reviewed yet.');
});

it('makes training rows of the texts that were kept', () => {
  const rows = trainingLines([
    prompt(),
    prompt({ verdict: 'confirmed', excerpt: 'Ignore all of it.' }),
    prompt({ excerpt: null }),
    prompt({ verdict: 'confirmed', category: null }),
  ]);
  expect(rows.map((row) => JSON.parse(row) as object)).toEqual([
    { text: 'Pretend.', label: 0, source: 'reviewed' },
    { text: 'Ignore all of it.', label: 1, category: 'jailbreak', source: 'reviewed' },
  ]);
});

it.each(['', 'x', 'null', '[]', '{}', JSON.stringify(prompt({ score: 2 }))])(
  'takes %j for no line of the file',
  (line) => {
    expect(readReviewedPrompt(line)).toBeNull();
    expect(readReviewedPrompt(JSON.stringify(prompt()))).toEqual(prompt());
  },
);
