import { parseArgs } from 'node:util';
import { calibrationReport, trainingLines } from '../modules/misuse/calibration/calibration-report.js';
import { readReviewedPrompt } from '../modules/misuse/calibration/read-reviewed-prompt.js';
import type { CalibrationLine } from '../modules/misuse/calibration/read-reviewed-prompt.js';
import { linesOf } from './lines-of.js';
import { runCli } from './run-cli.js';
import { UsageError } from './usage-error.js';

const USAGE = `Usage: npm run -s calibration [-- --training] < calibration.ndjson
  Reads what GET /api/v1/admin/misuse/calibration gave, and prints how many of the reviewed prompts were false positives,
  by band of scores and model version.
  --training  prints rows for misuse_train.jsonl instead, of the prompts whose text was kept`;

await runCli(async (args) => {
  const isTraining = wantsTraining(args);
  const reviewed: CalibrationLine[] = [];
  let number = 0;
  for await (const lines of linesOf(process.stdin)) {
    for (const line of lines) {
      number += 1;
      if (line.trim() === '') continue;
      const prompt = readReviewedPrompt(line);
      if (prompt === null) throw new UsageError(`Line ${number} is no line of a calibration file.\n${USAGE}`);
      reviewed.push(prompt);
    }
  }
  const output = isTraining ? trainingLines(reviewed) : [calibrationReport(reviewed)];
  process.stdout.write(output.map((line) => `${line}\n`).join(''));
  return 0;
});

/** @throws UsageError that says how to call the command */
function wantsTraining(args: string[]): boolean {
  try {
    return parseArgs({ args, options: { training: { type: 'boolean' } } }).values.training ?? false;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${USAGE}`);
  }
}
