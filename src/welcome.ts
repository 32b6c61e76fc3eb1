import type { Config } from './config/config.js';
import type { EmbeddedServers } from './embedded-servers.js';
import type { BootstrappedAdmin } from './modules/admin/admin-bootstrap.service.js';

interface Welcome {
  readonly url: string;
  readonly config: Config;
  readonly servers: EmbeddedServers | undefined;
  readonly admin: BootstrappedAdmin;
}

/** What an operator sees once the server listens. Passwords and keys are in it only when they were made just now. */
export function welcome({ url, config, servers, admin }: Welcome): string {
  const lines = ['', `Gatehouse listens on ${url}`];
  if (config.server.docsEnabled) lines.push(`  API documentation   ${url}/docs`);
  if (servers?.databaseUrl !== undefined) {
    lines.push(`  embedded Postgres   data in ${servers.dataDir}, run by ${servers.osUser ?? 'you'}`);
    lines.push('  For production, set DATABASE_URL and REDIS_URL.');
  }
  if (admin.generatedPassword !== undefined) {
    lines.push('', 'The first administrator was created. This is shown once:');
    lines.push(`  e-mail     ${admin.email}`, `  password   ${admin.generatedPassword}`);
  }
  if (admin.demoKey !== undefined) {
    lines.push(`  demo key   ${admin.demoKey}`, '', 'Try it:');
    lines.push(
      `  curl ${url}/v1/chat/completions -H "Authorization: Bearer ${admin.demoKey}" \\`,
      `    -H "Content-Type: application/json" \\`,
      `    -d '{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello!"}]}'`,
    );
  }
  return `${lines.join('\n')}\n\n`;
}
