import cluster from 'node:cluster';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { assertPortFree } from './common/supervision/assert-port-free.js';
import { Config, listenHost, NO_REDIS } from './config/config.js';
import type { Environment } from './config/environment.js';
import { GatewaySource } from './config/gateway/gateway-source.js';
import { localJwtSecret } from './config/jwt-secret.js';
import { refuseUnsafeProduction } from './config/production-rules.js';
import { environmentVariable, readEnvironment, searchPaths } from './config/read-environment.js';
import { runMigrations } from './database/run-migrations.js';
import { startEmbeddedServers } from './embedded-servers.js';
import type { EmbeddedServers } from './embedded-servers.js';
import { GracefulExit } from './graceful-exit.js';
import { startCluster } from './start-cluster.js';
import { welcome } from './welcome.js';

const IDLE_SWEEP_MS = 50;

/** Starts everything in the order in which things need each other, and arranges for the end. */
export async function startServer(): Promise<void> {
  const env = readEnvironment();
  const gateway = new GatewaySource(env, environmentVariable, readEnvironment);
  await refuseUnsafeProduction(env, gateway.read());
  // The processes of a cluster share a port that their primary has checked.
  if (cluster.isPrimary) await assertPortFree(listenHost(env), env.PORT);

  const exit = new GracefulExit();
  const servers = await startServers(env, exit);
  if (servers !== undefined) exit.add(() => servers.stop());
  try {
    const config = configOf(env, servers, gateway);
    if (cluster.isPrimary) await runMigrations(config.database.url);
    if (cluster.isPrimary && env.WEB_CONCURRENCY > 1) await startCluster(env.WEB_CONCURRENCY, config, exit);
    else await serve(config, servers, exit);
  } catch (error) {
    await exit.run();
    throw error;
  }
}

async function serve(config: Config, servers: EmbeddedServers | undefined, exit: GracefulExit): Promise<void> {
  // Loaded only now: a process that refuses to start, and the primary of a cluster, never need the application.
  const { createApplication } = await import('./bootstrap.js');
  const { AdminBootstrapService } = await import('./modules/admin/admin-bootstrap.service.js');
  const app = await createApplication(config);
  exit.add(() => stopServing(app));
  const admin = await app.get(AdminBootstrapService).ensureAdministrator();
  await app.listen({ host: config.server.host, port: config.server.port });
  const firstOfItsCluster = cluster.isPrimary || cluster.worker?.id === 1;
  if (firstOfItsCluster) process.stdout.write(welcome({ url: await app.getUrl(), config, servers, admin }));
}

/** The embedded servers and the data directory, or nothing at all when everything is configured: not even a writable disk. */
function startServers(env: Environment, exit: GracefulExit): Promise<EmbeddedServers> | undefined {
  const needPostgres = env.DATABASE_URL === undefined;
  const needRedis = env.REDIS_URL === undefined && env.NODE_ENV !== 'production';
  if (!needPostgres && !needRedis && env.JWT_SECRET_KEY !== undefined) return undefined;
  return startEmbeddedServers({
    ...searchPaths(),
    dataDirSetting: env.GATEHOUSE_DATA_DIR,
    needPostgres,
    needRedis,
    checkoutDir: process.cwd(),
    log: (message) => process.stdout.write(`${message}\n`),
    onFatal: (message) => void exit.because(message),
  });
}

function configOf(env: Environment, servers: EmbeddedServers | undefined, gateway: GatewaySource): Config {
  const databaseUrl = env.DATABASE_URL ?? servers?.databaseUrl;
  const jwtSecret = env.JWT_SECRET_KEY ?? (servers && localJwtSecret(servers.dataDir));
  if (databaseUrl === undefined || jwtSecret === undefined) throw new Error('the embedded servers did not start');
  const redisUrl = env.REDIS_URL === NO_REDIS ? undefined : (env.REDIS_URL ?? servers?.redisUrl);
  return new Config(env, { databaseUrl, redisUrl }, jwtSecret, gateway);
}

/** First the calls in flight, with database and queue still there for their settlement; then the rest. */
async function stopServing(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpServer();
  const closed = app.getHttpAdapter().close() as Promise<void>;
  // Connections that were busy when the server closed stay open once they are idle, for as long as keep-alive allows.
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
  await closed;
  clearInterval(sweep);
  await app.close();
}
