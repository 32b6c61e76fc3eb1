import { Transform, Type } from 'class-transformer';
import {
  IsBoolean,
  IsEmail,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
  MinLength,
  ValidateIf,
} from 'class-validator';
import { IsSmtpUrl } from './mail/is-smtp-url.decorator.js';
import { MOST_USD } from '../common/money.js';

const url = { require_tld: false, require_protocol: true, protocols: ['http', 'https'] };
const postgresUrl = { message: 'DATABASE_URL must begin with postgres:// or postgresql://' };
const redisUrl = { message: 'REDIS_URL must begin with redis://, rediss:// or unix://, be a path, or be none' };
/** An address or a network. What slips through is refused by the server's own parser at the start. */
const ADDRESS_LIST = /^\s*[\da-fA-F.:]+(\/[\d.]+)?(\s*,\s*[\da-fA-F.:]+(\/[\d.]+)?)*\s*$/;
const proxies = { message: 'TRUSTED_PROXIES must be addresses or networks (CIDR), separated by commas' };
const models = { message: 'DEFAULT_ALLOWED_MODELS must be names of models, separated by commas' };
const webhookUrl = { ...url, disallow_auth: true };
const webhookAddress = {
  message: 'ALERT_WEBHOOK_URL must be an http or https address without a user name; ALERT_WEBHOOK_SECRET belongs to it',
};
const webhookSecret = {
  message: 'ALERT_WEBHOOK_SECRET must have at least 32 characters when ALERT_WEBHOOK_URL is set',
};
const mailFrom = {
  message: 'MAIL_FROM must be an address such as Gatehouse <gatehouse@example.com>; SMTP_URL needs it',
};
const toBoolean = ({ value }: { value: unknown }): unknown =>
  value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value;

/**
 * Every name that Gatehouse reads from the environment, with its default and its rule.
 * `.env.example` documents the same names; a unit test compares the two.
 */
export class Environment {
  @IsIn(['development', 'test', 'production']) NODE_ENV: 'development' | 'test' | 'production' = 'development';
  @IsIn(['all', 'api', 'worker']) ROLE: 'all' | 'api' | 'worker' = 'all';
  @Type(() => Number) @IsInt() @Min(1) @Max(64) WEB_CONCURRENCY: number = 1;
  @Type(() => Number) @IsInt() @Min(0) @Max(65535) PORT: number = 8000;
  @IsOptional() @IsString() HOST?: string;

  @IsOptional() @Matches(/^postgres(ql)?:\/\//, postgresUrl) DATABASE_URL?: string;
  @IsOptional() @Matches(/^(none$|rediss?:\/\/|unix:\/\/|\/)/, redisUrl) REDIS_URL?: string;
  @IsOptional() @IsString() GATEHOUSE_DATA_DIR?: string;

  @IsOptional() @IsString() JWT_SECRET_KEY?: string;
  @IsOptional() @IsIn(['open', 'invite', 'off']) REGISTRATION?: 'open' | 'invite' | 'off';
  @IsIn(['enforce', 'shadow']) MISUSE_MODE: 'enforce' | 'shadow' = 'enforce';
  @IsEmail({ require_tld: false }) ADMIN_EMAIL: string = 'admin@example.com';
  @IsOptional() @MinLength(8) ADMIN_PASSWORD?: string;

  @IsOptional() @IsSmtpUrl() SMTP_URL?: string;
  @ValidateIf((env: Environment) => env.SMTP_URL !== undefined || env.MAIL_FROM !== undefined)
  @IsEmail({ require_tld: false, allow_display_name: true }, mailFrom)
  MAIL_FROM?: string;
  @IsOptional() @IsUrl(url) PUBLIC_URL?: string;

  @IsOptional() @IsString() GATEHOUSE_CONFIG?: string;
  @IsOptional() @IsString() OPENAI_API_KEY?: string;
  @IsUrl(url) OPENAI_BASE_URL: string = 'https://api.openai.com/v1';
  @IsOptional() @IsString() OPENROUTER_API_KEY?: string;
  @IsUrl(url) OPENROUTER_BASE_URL: string = 'https://openrouter.ai/api/v1';
  @IsString() OPENROUTER_MODEL: string = 'openai/gpt-4';
  @IsOptional() @IsString() CLOUDFLARE_API_KEY?: string;
  @IsOptional() @IsString() CLOUDFLARE_ACCOUNT_ID?: string;
  @IsUrl(url) CLOUDFLARE_BASE_URL: string = 'https://api.cloudflare.com/client/v4';
  @IsOptional() @IsString() ANTHROPIC_API_KEY?: string;
  @IsUrl(url) ANTHROPIC_BASE_URL: string = 'https://api.anthropic.com';

  @IsOptional() @IsString() GOOGLE_CLIENT_ID?: string;
  @IsUrl(url) GOOGLE_TOKENINFO_URL: string = 'https://oauth2.googleapis.com/tokeninfo';
  @IsUrl(url) GOOGLE_USERINFO_URL: string = 'https://www.googleapis.com/oauth2/v3/userinfo';
  @IsUrl(url) GOOGLE_JWKS_URL: string = 'https://www.googleapis.com/oauth2/v3/certs';

  @Type(() => Number) @IsInt() @Min(0) DEFAULT_DAILY_QUOTA: number = 10_000;
  @Type(() => Number) @IsInt() @Min(0) DEFAULT_MONTHLY_QUOTA: number = 300_000;
  @Type(() => Number) @IsInt() @Min(1) DEFAULT_REQUESTS_PER_HOUR: number = 100;
  @Type(() => Number) @IsInt() @Min(0) DEFAULT_TOKEN_BALANCE: number = 1_000_000;
  @Type(() => Number) @IsInt() @Min(1) RATE_LIMIT_PER_MINUTE: number = 10;
  @IsOptional() @Type(() => Number) @Min(0) @Max(MOST_USD) DEFAULT_COST_PER_DAY_USD?: number;
  @IsOptional() @Type(() => Number) @Min(0) @Max(MOST_USD) DEFAULT_COST_PER_MONTH_USD?: number;
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(1_000_000) DEFAULT_CONCURRENT_REQUESTS?: number;
  @IsOptional() @Matches(/^[^\s,*]+(\s*,\s*[^\s,*]+)*$/, models) DEFAULT_ALLOWED_MODELS?: string;

  @Type(() => Number) @IsInt() @Min(1) UPSTREAM_CONNECT_TIMEOUT_MS: number = 5_000;
  @Type(() => Number) @IsInt() @Min(1) UPSTREAM_TIMEOUT_MS: number = 120_000;
  @Type(() => Number) @IsInt() @Min(1) UPSTREAM_IDLE_TIMEOUT_MS: number = 60_000;
  @Type(() => Number) @IsInt() @Min(1) UPSTREAM_TOTAL_TIMEOUT_MS: number = 900_000;
  @Type(() => Number) @IsInt() @Min(1) UPSTREAM_PROBE_INTERVAL_MS: number = 10_000;
  @Type(() => Number) @IsInt() @Min(2) @Max(120) HOLD_LEASE_SECONDS: number = 30;
  @Type(() => Number) @IsInt() @Min(0) IDEMPOTENCY_WAIT_MS: number = 30_000;
  @Type(() => Number) @IsInt() @Min(1) @Max(2_592_000) ANSWER_CACHE_TTL_SECONDS: number = 3_600;
  @Type(() => Number) @IsInt() @Min(1) @Max(1024) ANSWER_CACHE_MB_PER_USER: number = 16;
  @Type(() => Number) @IsInt() @Min(0) @Max(100) ANSWER_CACHE_BILLED_PERCENT: number = 100;
  @Type(() => Number) @IsInt() @Min(1024) BODY_LIMIT_BYTES: number = 10 * 1024 * 1024;
  @Type(() => Number) @Min(0) DEVIATION_THRESHOLD: number = 2.0;
  @Type(() => Number) @Min(0) WARNING_THRESHOLD: number = 1.0;
  @Type(() => Number) @Min(1) DEVIATION_HALF_LIFE_HOURS: number = 168;
  @Type(() => Number) @IsInt() @Min(1) MISUSE_THROTTLED_PER_MINUTE: number = 5;

  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(1_200) LEDGER_RETENTION_MONTHS?: number;
  @IsOptional() @Type(() => Number) @IsInt() @Min(0) @Max(1_200) CONTENT_RETENTION_MONTHS?: number;
  @IsIn(['keep', 'redact', 'drop']) CONTENT_MODE: 'keep' | 'redact' | 'drop' = 'keep';
  @ValidateIf((env: Environment) => env.ALERT_WEBHOOK_URL !== undefined || env.ALERT_WEBHOOK_SECRET !== undefined)
  @IsUrl(webhookUrl, webhookAddress)
  ALERT_WEBHOOK_URL?: string;
  @ValidateIf((env: Environment) => env.ALERT_WEBHOOK_URL !== undefined)
  @MinLength(32, webhookSecret)
  ALERT_WEBHOOK_SECRET?: string;
  @Type(() => Number) @Min(0) @Max(MOST_USD) ALERT_SPEND_FLOOR_USD: number = 1;
  @IsOptional() @IsString() CLASSIFIER_OPENAI_API_KEY?: string;
  @IsUrl(url) CLASSIFIER_OPENAI_BASE_URL: string = 'https://api.openai.com/v1';
  @IsString() CLASSIFIER_MODEL: string = 'gpt-4o-mini';
  @IsString() CLASSIFIER_MODERATION_MODEL: string = 'omni-moderation-latest';
  @Type(() => Number) @IsNumber() @Min(0.5) @Max(1) CLASSIFIER_THRESHOLD: number = 0.5;
  @Type(() => Number) @IsInt() @Min(1) @Max(120_000) CLASSIFIER_TIMEOUT_MS: number = 10_000;
  @Type(() => Number) @IsInt() @Min(1) @Max(64) CLASSIFIER_CONCURRENCY: number = 4;
  @Type(() => Number) @IsInt() @Min(0) CLASSIFIER_CALLS_PER_DAY: number = 2_000;
  @Type(() => Number) @IsInt() @Min(0) CLASSIFIER_NANO_USD_PER_DAY: number = 1_000_000_000;
  @Type(() => Number) @IsInt() @Min(0) CLASSIFIER_INPUT_NANO_USD_PER_TOKEN: number = 150;
  @Type(() => Number) @IsInt() @Min(0) CLASSIFIER_OUTPUT_NANO_USD_PER_TOKEN: number = 600;

  @IsString() CORS_ORIGINS: string = '*';
  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']) LOG_LEVEL: string = 'info';
  @IsOptional() @Transform(toBoolean) @IsBoolean() DOCS_ENABLED?: boolean;
  @IsOptional() @Matches(ADDRESS_LIST, proxies) TRUSTED_PROXIES?: string;
}
