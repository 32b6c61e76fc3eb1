import { Transform, Type } from 'class-transformer';
import {
  IsBoolean,
  IsEmail,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
  MinLength,
} from 'class-validator';

const url = { require_tld: false, require_protocol: true, protocols: ['http', 'https'] };
const postgresUrl = { message: 'DATABASE_URL must begin with postgres:// or postgresql://' };
const redisUrl = { message: 'REDIS_URL must begin with redis://, rediss:// or unix://, be a path, or be none' };
/** An address or a network. What slips through is refused by the server's own parser at the start. */
const ADDRESS_LIST = /^\s*[\da-fA-F.:]+(\/[\d.]+)?(\s*,\s*[\da-fA-F.:]+(\/[\d.]+)?)*\s*$/;
const proxies = { message: 'TRUSTED_PROXIES must be addresses or networks (CIDR), separated by commas' };
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

  @Type(() => Number) @IsInt() @Min(1) UPSTREAM_CONNECT_TIMEOUT_MS: number = 5_000;
  @Type(() => Number) @IsInt() @Min(1) UPSTREAM_TIMEOUT_MS: number = 120_000;
  @Type(() => Number) @IsInt() @Min(1) UPSTREAM_IDLE_TIMEOUT_MS: number = 60_000;
  @Type(() => Number) @IsInt() @Min(1) UPSTREAM_TOTAL_TIMEOUT_MS: number = 900_000;
  @Type(() => Number) @IsInt() @Min(1) UPSTREAM_PROBE_INTERVAL_MS: number = 10_000;
  @Type(() => Number) @IsInt() @Min(2) @Max(120) HOLD_LEASE_SECONDS: number = 30;
  @Type(() => Number) @IsInt() @Min(0) IDEMPOTENCY_WAIT_MS: number = 30_000;
  @Type(() => Number) @IsInt() @Min(1024) BODY_LIMIT_BYTES: number = 10 * 1024 * 1024;
  @Type(() => Number) @Min(0) DEVIATION_THRESHOLD: number = 2.0;
  @Type(() => Number) @Min(0) WARNING_THRESHOLD: number = 1.0;
  @Type(() => Number) @Min(1) DEVIATION_HALF_LIFE_HOURS: number = 168;
  @Type(() => Number) @IsInt() @Min(1) MISUSE_THROTTLED_PER_MINUTE: number = 5;

  @IsString() CORS_ORIGINS: string = '*';
  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']) LOG_LEVEL: string = 'info';
  @IsOptional() @Transform(toBoolean) @IsBoolean() DOCS_ENABLED?: boolean;
  @IsOptional() @Matches(ADDRESS_LIST, proxies) TRUSTED_PROXIES?: string;
}
