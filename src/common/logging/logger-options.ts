import type { Params } from 'nestjs-pino';
import { pino } from 'pino';
import type { Logger } from 'pino';
import type { Config } from '../../config/config.js';

/** Nothing under these names is ever written, wherever in a log object it stands. */
const SECRET_FIELDS = [
  'authorization',
  'x-api-key',
  'cookie',
  'password',
  'api_key',
  'apiKey',
  'access_token',
  'token',
];

/** One logger for the process: JSON lines in production, readable ones elsewhere. */
export function createLogger(config: Config): Logger {
  return pino({
    level: config.logging.level,
    redact: {
      paths: SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`, `*.*["${field}"]`]),
      censor: '[redacted]',
    },
    serializers: { err: describeError },
    ...(config.logging.readable
      ? { transport: { target: 'pino-pretty', options: { singleLine: true, ignore: 'pid,hostname' } } }
      : {}),
  });
}

/** Request lines are written by a hook of ours, so nestjs-pino wraps no request. */
export function loggerModuleOptions(logger: Logger): Params {
  return { pinoHttp: { logger }, forRoutes: [] };
}

/** An error for the log: its kind and origin, without the fields that drivers add (statements, parameters, rows). */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const code: unknown = Reflect.get(error, 'code');
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' ? { code } : {}),
    stack: error.stack,
    ...(error.cause instanceof Error ? { cause: `${error.cause.name}: ${error.cause.message}` } : {}),
  };
}
