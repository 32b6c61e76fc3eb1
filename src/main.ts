import 'reflect-metadata';
import { ConfigurationError } from './config/configuration-error.js';
import { EmbeddedServerError } from './common/supervision/embedded-server-error.js';
import { startServer } from './start-server.js';

try {
  await startServer();
} catch (error) {
  const expected = error instanceof ConfigurationError || error instanceof EmbeddedServerError;
  // A refusal is one line for a person; anything else is a fault of ours and keeps its stack.
  process.stderr.write(`Gatehouse did not start: ${expected ? error.message : (error as Error).stack}\n`);
  process.exit(1);
}
