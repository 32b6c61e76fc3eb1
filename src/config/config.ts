import type { Environment } from './environment.js';
import { GatewaySource } from './gateway/gateway-source.js';

/** The servers behind Gatehouse: configured, or embedded ones that stand in for them. */
export interface Connections {
  readonly databaseUrl: string;
  /** Undefined: no Redis, so the outbox is drained in-process. */
  readonly redisUrl: string | undefined;
}

/**
 * The whole configuration, typed, validated and frozen at boot. Inject this class; nothing else reads the environment.
 */
export class Config {
  readonly production: boolean;
  readonly server;
  readonly database;
  readonly redis;
  readonly auth;
  readonly google;
  readonly providers;
  /** Providers and models as they were at the start, and where to read them anew. */
  readonly gateway;
  readonly upstream;
  readonly limits;
  readonly misuse;
  readonly logging;

  constructor(
    env: Environment,
    connections: Connections,
    jwtSecret: string,
    gatewaySource: GatewaySource = new GatewaySource(env),
  ) {
    this.production = env.NODE_ENV === 'production';
    this.server = {
      role: env.ROLE,
      port: env.PORT,
      host: listenHost(env),
      bodyLimitBytes: env.BODY_LIMIT_BYTES,
      corsOrigins: commaSeparated(env.CORS_ORIGINS),
      docsEnabled: env.DOCS_ENABLED ?? !this.production,
      trustedProxies: commaSeparated(env.TRUSTED_PROXIES),
    };
    this.database = { url: connections.databaseUrl };
    this.redis = { url: connections.redisUrl };
    this.auth = {
      jwtSecret,
      registration: env.REGISTRATION ?? (this.production ? ('invite' as const) : ('open' as const)),
      adminEmail: env.ADMIN_EMAIL,
      adminPassword: env.ADMIN_PASSWORD,
    };
    this.google = {
      clientId: env.GOOGLE_CLIENT_ID,
      tokeninfoUrl: env.GOOGLE_TOKENINFO_URL,
      userinfoUrl: env.GOOGLE_USERINFO_URL,
      jwksUrl: env.GOOGLE_JWKS_URL,
    };
    this.providers = { openrouter: { defaultModel: env.OPENROUTER_MODEL } };
    this.gateway = { source: gatewaySource, settings: gatewaySource.read() };
    this.upstream = {
      connectTimeoutMs: env.UPSTREAM_CONNECT_TIMEOUT_MS,
      firstByteTimeoutMs: env.UPSTREAM_TIMEOUT_MS,
      idleTimeoutMs: env.UPSTREAM_IDLE_TIMEOUT_MS,
      totalTimeoutMs: env.UPSTREAM_TOTAL_TIMEOUT_MS,
      probeIntervalMs: env.UPSTREAM_PROBE_INTERVAL_MS,
    };
    this.limits = {
      defaultDailyTokens: env.DEFAULT_DAILY_QUOTA,
      defaultMonthlyTokens: env.DEFAULT_MONTHLY_QUOTA,
      defaultRequestsPerHour: env.DEFAULT_REQUESTS_PER_HOUR,
      defaultTokenBalance: env.DEFAULT_TOKEN_BALANCE,
      defaultRequestsPerMinute: env.RATE_LIMIT_PER_MINUTE,
      holdLeaseSeconds: env.HOLD_LEASE_SECONDS,
      idempotencyWaitMs: env.IDEMPOTENCY_WAIT_MS,
    };
    this.misuse = {
      mode: env.MISUSE_MODE,
      deviationThreshold: env.DEVIATION_THRESHOLD,
      warningThreshold: env.WARNING_THRESHOLD,
      deviationHalfLifeMs: env.DEVIATION_HALF_LIFE_HOURS * 3_600_000,
      throttledRequestsPerMinute: env.MISUSE_THROTTLED_PER_MINUTE,
    };
    this.logging = { level: env.LOG_LEVEL, readable: env.NODE_ENV === 'development' };
  }
}

/** `REDIS_URL=none`: no Redis at all, not even an embedded one. */
export const NO_REDIS = 'none';

/** With an embedded database this is somebody's laptop: it listens there only, unless told otherwise. */
export function listenHost(env: Environment): string {
  return env.HOST ?? (env.DATABASE_URL === undefined ? '127.0.0.1' : '0.0.0.0');
}

function commaSeparated(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
