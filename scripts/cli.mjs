/** What `npm run ledger` and its like run: builds when need be, then becomes the command named first. */
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BuildError, ensureBuilt } from './build.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [name] = process.argv.splice(2, 1);
try {
  await ensureBuilt(root, { log: (message) => process.stderr.write(`${message}\n`) });
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}
await import(pathToFileURL(join(root, 'dist', 'src', 'cli', `${name}.js`)).href);
