import { parseArgs } from 'node:util';
import { train } from '../modules/classification/training/train-command.js';
import { TrainingDataError } from '../modules/classification/training/training-data.js';
import { runCli } from './run-cli.js';
import { UsageError } from './usage-error.js';

const USAGE = `Usage: npm run train -- <data folder> [--report-only]
  Trains the classifiers, writes their weights into the sources and the table into docs/misuse.md. Build again after it.
  <data folder>  holds misuse_train.jsonl and intent_train.jsonl
  --report-only  prints the table and writes nothing`;
const CLASSIFICATION = 'src/modules/classification';

await runCli(async (args) => {
  const { publicFolder, reportOnly } = wishOf(args);
  const run = {
    publicFolder,
    ownFolder: `${CLASSIFICATION}/training/data`,
    modelFile: `${CLASSIFICATION}/model/weights.generated.ts`,
    reportFile: 'docs/misuse.md',
    reportOnly,
  };
  try {
    train(run, {
      report: (text) => void process.stdout.write(`${text}\n`),
      progress: (text) => void process.stderr.write(`${text}\n`),
    });
  } catch (error) {
    throw error instanceof TrainingDataError ? new UsageError(error.message) : error;
  }
  return 0;
});

/** @throws UsageError that says how to call the command */
function wishOf(args: string[]): { publicFolder: string; reportOnly: boolean } {
  const { positionals, values } = parse(args);
  if (positionals.length !== 1) throw new UsageError(USAGE);
  return { publicFolder: positionals[0], reportOnly: values['report-only'] ?? false };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { 'report-only': { type: 'boolean' } } });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${USAGE}`);
  }
}
