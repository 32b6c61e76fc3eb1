import { createServer } from 'node:net';
import { EmbeddedServerError } from './embedded-server-error.js';
import { errorCode } from './error-code.js';

/**
 * Makes sure, before any database is touched, that the API will be able to listen. Port 0 is always free.
 * @throws EmbeddedServerError naming host, port and reason
 */
export async function assertPortFree(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true }, resolve);
    });
  } catch (error) {
    throw new EmbeddedServerError(explain(host, port, errorCode(error)), { cause: error });
  }
  await new Promise((resolve) => server.close(resolve));
}

function explain(host: string, port: number, code: string): string {
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is already taken by another program: stop it, or set PORT to another number.`;
  }
  if (code === 'EACCES') return `Port ${port} needs more rights than this user has: set PORT to 1024 or above.`;
  return `Cannot listen on ${host}:${port} (${code}): check HOST and PORT.`;
}
