import cluster from 'node:cluster';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApplication } from './bootstrap.js';
import { assertPortFree } from './common/supervision/assert-port-free.js';
import { Config, listenHost, NO_REDIS } from './config/config.js';
import type { Environment } from './config/environment.js';
import { localJwtSecret } from './config/jwt-secret.js';
import { refuseUnsafeProduction } from './config/production-rules.js';
import { readEnvironment, searchPath } from './config/read-environment.js';
import { runMigrations } from './database/run-migrations.js';
import { startEmbeddedServers } from './embedded-servers.js';
import type { EmbeddedServers } from './embedded-servers.js';
import { GracefulExit } from './graceful-exit.js';
import { AdminBootstrapService } from './modules/admin/admin-bootstrap.service.js';
import { startCluster } from './start-cluster.js';
import { welcome } from './welcome.js';

/** Starts everything in the order in which things need each other, and arranges for the end. */
export async function startServer(): Promise<void> {
  const env = readEnvironment();
  refuseUnsafeProduction(env);
  // The processes of a cluster share a port that their primary has checked.
  if (cluster.isPrimary) await assertPortFree(listenHost(env), env.PORT);

  const exit = new GracefulExit();
  const servers = await startServers(env, exit);
  exit.add(() => servers.stop());
  try {
    const config = configOf(env, servers);
    if (cluster.isPrimary) await runMigrations(config.database.url);
    if (cluster.isPrimary && env.WEB_CONCURRENCY > 1) await startCluster(env.WEB_CONCURRENCY, config, exit);
    else await serve(env, config, servers, exit);
  } catch (error) {
    await exit.run();
    throw error;
  }
}

async function serve(env: Environment, config: Config, servers: EmbeddedServers, exit: GracefulExit): Promise<void> {
  const app = await createApplication(config);
  exit.add(() => stopServing(app));
  const admin = await app.get(AdminBootstrapService).ensureAdministrator();
  await app.listen({ host: config.server.host, port: config.server.port });
  const firstOfItsCluster = cluster.isPrimary || cluster.worker?.id === 1;
  if (firstOfItsCluster) process.stdout.write(welcome({ url: await app.getUrl(), config, env, servers, admin }));
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
