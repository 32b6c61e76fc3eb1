import { classifyLine } from './classify-line.js';
import { linesOf } from './lines-of.js';
import { runCli } from './run-cli.js';
import { UsageError } from './usage-error.js';

const USAGE = `Usage: npm run -s classify < prompts.jsonl
  Reads JSON lines {"text": "..."} and writes one line {"score", "category", "intent", "confidence"} for each, in order.
  A line that cannot be read gets {"error": "..."}; then the exit code is 1.`;

await runCli(async (args) => {
  if (args.length > 0) throw new UsageError(USAGE);
  let isReaderGone = false;
  process.stdout.once('error', () => (isReaderGone = true));
  let number = 0;
  let failures = 0;
  for await (const lines of linesOf(process.stdin)) {
    if (isReaderGone) return 1;
    const verdicts = lines.map((line) => classifyLine(line, ++number));
    failures += verdicts.filter(({ isError }) => isError).length;
    await written(verdicts.map(({ json }) => `${json}\n`).join(''));
  }
  return failures > 0 ? 1 : 0;
});

/** Waits for a slow reader, so that nothing piles up; a reader that went away is told of by the stream's error. */
function written(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}
