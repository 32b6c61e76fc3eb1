import type { Params } from 'nestjs-pino';
import { destination, pino } from 'pino';
import type { Logger, LoggerOptions } from 'pino';
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

/** Lines are gathered up to this many bytes, and for this long at most, before they are written in one go. */
const GATHERED_BYTES = 4_096;
const GATHERED_MS = 100;

/** One logger for the process: readable lines on a terminal of a developer's, JSON lines everywhere else. */
export function createLogger(config: Config): Logger {
  const options: LoggerOptions = {
    level: config.logging.level,
    redact: {
      paths: SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`, `*.*["${field}"]`]),
      censor: '[redacted]',
    },
    serializers: { err: describeError },
  };
  if (config.logging.readable) {
    const transport = { target: 'pino-pretty', options: { singleLine: true, ignore: 'pid,hostname' } };
    return pino({ ...options, transport });
  }
  return pino(options, destination({ dest: 1, sync: false, minLength: GATHERED_BYTES, periodicFlush: GATHERED_MS }));
}

/** For lines of fixed fields of our own, one for each request: without the search for secrets, which costs more than they do. */
export function withoutRedaction(logger: Logger): Logger {
  return logger.child({}, { redact: [] });
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
