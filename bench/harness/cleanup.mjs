/** What has to be undone at the end, the latest first, whichever way the end comes. */
const steps = [];
let ending;

/** @param {() => unknown} step may be asynchronous; a failure of it is told and does not keep the others from running */
export function atEnd(step) {
  steps.push(step);
}

/** Runs a whole command: whatever was started is stopped after it, after an error and after Ctrl-C. */
export async function runCommand(main) {
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void leave());
  try {
    await main();
  } catch (error) {
    // Once the end has begun, what was under way fails because its servers are gone.
    if (ending === undefined) {
      process.exitCode = 1;
      process.stderr.write(`${error.stack}\n`);
    }
  } finally {
    await undoAll();
  }
  process.exit();
}

async function leave() {
  process.exitCode = 130;
  process.stderr.write('\nStopping everything ...\n');
  await undoAll();
  process.exit();
}

function undoAll() {
  ending ??= undoEach();
  return ending;
}

async function undoEach() {
  for (const step of steps.reverse()) {
    try {
      await step();
    } catch (error) {
      process.stderr.write(`While cleaning up: ${error.message}\n`);
    }
  }
}
