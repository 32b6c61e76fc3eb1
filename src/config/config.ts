import { nanoUsdOf } from '../common/money.js';
import type { Environment } from './environment.js';
import { GatewaySource } from './gateway/gateway-source.js';
import { parseSmtpUrl } from './mail/smtp-settings.js';
import type { SmtpSettings } from './mail/smtp-settings.js';

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
  /** Undefined: no mail is sent. */
  readonly mail;
  readonly providers;
  /** Providers and models as they were at the start, and where to read them anew. */
  readonly gateway;
  readonly upstream;
  readonly limits;
  readonly answerCache;
  readonly misuse;
  readonly alerts;
  readonly retention;
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
      /** For links, without a slash at the end. Never taken from a request: its Host is anybody's word. */
      publicUrl: (env.PUBLIC_URL ?? `http://localhost:${env.PORT}`).replace(/\/+$/, ''),
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
    this.mail = mailSettings(env);
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
      defaultCostPerDayNanoUsd: nanoUsdOf(env.DEFAULT_COST_PER_DAY_USD ?? null),
      defaultCostPerMonthNanoUsd: nanoUsdOf(env.DEFAULT_COST_PER_MONTH_USD ?? null),
      defaultConcurrentRequests: env.DEFAULT_CONCURRENT_REQUESTS ?? null,
      defaultAllowedModels: emptyIsNull(commaSeparated(env.DEFAULT_ALLOWED_MODELS)),
      defaultRequestsPerMinute: env.RATE_LIMIT_PER_MINUTE,
      holdLeaseSeconds: env.HOLD_LEASE_SECONDS,
      idempotencyWaitMs: env.IDEMPOTENCY_WAIT_MS,
    };
    this.answerCache = {
      ttlSeconds: env.ANSWER_CACHE_TTL_SECONDS,
      mostBytesPerUser: env.ANSWER_CACHE_MB_PER_USER * 1024 * 1024,
      billedPercent: env.ANSWER_CACHE_BILLED_PERCENT,
    };
    this.misuse = {
      mode: env.MISUSE_MODE,
      deviationThreshold: env.DEVIATION_THRESHOLD,
      warningThreshold: env.WARNING_THRESHOLD,
      deviationHalfLifeMs: env.DEVIATION_HALF_LIFE_HOURS * 3_600_000,
      throttledRequestsPerMinute: env.MISUSE_THROTTLED_PER_MINUTE,
      secondStage: secondStage(env),
    };
    this.alerts = { webhook: webhookOf(env), spendFloorNanoUsd: nanoUsdOf(env.ALERT_SPEND_FLOOR_USD) };
    this.retention = {
      ledgerMonths: env.LEDGER_RETENTION_MONTHS ?? null,
      contentMonths: env.CONTENT_RETENTION_MONTHS ?? null,
      contentMode: env.CONTENT_MODE,
    };
    this.logging = { level: env.LOG_LEVEL, readable: env.NODE_ENV === 'development' && process.stdout.isTTY };
  }
}

/** `REDIS_URL=none`: no Redis at all, not even an embedded one. */
export const NO_REDIS = 'none';

/** With an embedded database this is somebody's laptop: it listens there only, unless told otherwise. */
export function listenHost(env: Environment): string {
  return env.HOST ?? (env.DATABASE_URL === undefined ? '127.0.0.1' : '0.0.0.0');
}

function mailSettings({ SMTP_URL, MAIL_FROM }: Environment): { smtp: SmtpSettings; from: string } | undefined {
  const smtp = SMTP_URL === undefined ? null : parseSmtpUrl(SMTP_URL);
  return smtp === null || MAIL_FROM === undefined ? undefined : { smtp, from: MAIL_FROM };
}

/** Who is asked for a second opinion on prompts that were flagged; null: nobody. */
export interface SecondStageSettings {
  readonly apiKey: string;
  readonly baseUrl: string;
  readonly model: string;
  readonly moderationModel: string;
  /** Lowest local score that is asked about. */
  readonly threshold: number;
  /** For everything about one prompt. */
  readonly timeoutMs: number;
  /** Prompts at once, in one process. */
  readonly concurrency: number;
  /** For all processes together, by UTC day. */
  readonly callsPerDay: number;
  readonly nanoUsdPerDay: number;
  readonly inputNanoUsdPerToken: number;
  readonly outputNanoUsdPerToken: number;
}

function secondStage(env: Environment): SecondStageSettings | null {
  if (env.CLASSIFIER_OPENAI_API_KEY === undefined) return null;
  return {
    apiKey: env.CLASSIFIER_OPENAI_API_KEY,
    baseUrl: env.CLASSIFIER_OPENAI_BASE_URL,
    model: env.CLASSIFIER_MODEL,
    moderationModel: env.CLASSIFIER_MODERATION_MODEL,
    threshold: env.CLASSIFIER_THRESHOLD,
    timeoutMs: env.CLASSIFIER_TIMEOUT_MS,
    concurrency: env.CLASSIFIER_CONCURRENCY,
    callsPerDay: env.CLASSIFIER_CALLS_PER_DAY,
    nanoUsdPerDay: env.CLASSIFIER_NANO_USD_PER_DAY,
    inputNanoUsdPerToken: env.CLASSIFIER_INPUT_NANO_USD_PER_TOKEN,
    outputNanoUsdPerToken: env.CLASSIFIER_OUTPUT_NANO_USD_PER_TOKEN,
  };
}

function commaSeparated(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function emptyIsNull(list: string[]): string[] | null {
  return list.length === 0 ? null : list;
}

/** Where alerts are sent, and what they are signed with. Null: nowhere. */
function webhookOf(env: Environment): { readonly url: string; readonly secret: string } | null {
  const { ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: secret } = env;
  return url === undefined || secret === undefined ? null : { url, secret };
}
