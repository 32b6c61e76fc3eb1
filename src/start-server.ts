import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApplication } from './bootstrap.js';
import { assertPortFree } from './common/supervision/assert-port-free.js';
import { watchParent } from './common/supervision/parent-watch.js';
import { Config, listenHost } from './config/config.js';
import type { Environment } from './config/environment.js';
import { localJwtSecret } from './config/jwt-secret.js';
import { refuseUnsafeProduction } from './config/production-rules.js';
import { readEnvironment, searchPath, startedByNpm } from './config/read-environment.js';
import { runMigrations } from './database/run-migrations.js';
import { startEmbeddedServers } from './embedded-servers.js';
import type { EmbeddedServers } from './embedded-servers.js';
import { AdminBootstrapService } from './modules/admin/admin-bootstrap.service.js';
import { welcome } from './welcome.js';

/** No Redis at all, not even an embedded one. */
const NO_REDIS = 'none';

/** Starts everything in the order in which things need each other, and arranges for the end. */
export async function startServer(): Promise<void> {
  const env = readEnvironment();
  refuseUnsafeProduction(env);
  await assertPortFree(listenHost(env), env.PORT);

  const exit = new GracefulExit();
  const servers = await startServers(env, exit);
  exit.add(() => servers.stop());
  try {
    const config = configOf(env, servers);
    await runMigrations(config.database.url);
    const app = await createApplication(config);
    exit.add(() => stopServing(app));
    const admin = await app.get(AdminBootstrapService).ensureAdministrator();
    await app.listen({ host: config.server.host, port: config.server.port });
    process.stdout.write(welcome({ url: await app.getUrl(), config, env, servers, admin }));
  } catch (error) {
    await exit.run();
    throw error;
  }
}

function startServers(env: Environment, exit: GracefulExit): Promise<EmbeddedServers> {
  return startEmbeddedServers({
    dataDirSetting: env.GATEHOUSE_DATA_DIR,
    searchPath: searchPath(),
    needPostgres: env.DATABASE_URL === undefined,
    needRedis: env.REDIS_URL === undefined && env.NODE_ENV !== 'production',
    checkoutDir: process.cwd(),
    log: (message) => process.stdout.write(`${message}\n`),
    onFatal: (message) => void exit.because(message),
  });
}

function configOf(env: Environment, servers: EmbeddedServers): Config {
  const databaseUrl = env.DATABASE_URL ?? servers.databaseUrl;
  if (databaseUrl === undefined) throw new Error('neither a configured nor an embedded Postgres');
  const redisUrl = env.REDIS_URL === NO_REDIS ? undefined : (env.REDIS_URL ?? servers.redisUrl);
  return new Config(env, { databaseUrl, redisUrl }, env.JWT_SECRET_KEY ?? localJwtSecret(servers.dataDir));
}

/** First the calls in flight, with database and queue still there for their settlement; then the rest. */
async function stopServing(app: NestFastifyApplication): Promise<void> {
  await app.getHttpAdapter().close();
  await app.close();
}

/** One drain and exit 0, however often and by whom the process is asked to stop. */
class GracefulExit {
  private readonly steps: (() => Promise<void>)[] = [];
  private running: Promise<void> | undefined;

  constructor() {
    process.on('SIGINT', () => void this.because());
    process.on('SIGTERM', () => void this.because());
    watchParent(startedByNpm(), () => void this.because());
  }

  /** Steps run in reverse order: what started last stops first. */
  add(step: () => Promise<void>): void {
    this.steps.push(step);
  }

  run(): Promise<void> {
    this.running ??= this.runSteps();
    return this.running;
  }

  /** Ends the process: with code 1 and a line when there is a fatal reason, else with 0. */
  async because(fatalReason?: string): Promise<void> {
    if (fatalReason !== undefined) process.stderr.write(`${fatalReason}\n`);
    try {
      await this.run();
    } finally {
      process.exit(fatalReason === undefined ? 0 : 1);
    }
  }

  private async runSteps(): Promise<void> {
    for (const step of this.steps.reverse()) await step();
  }
}
