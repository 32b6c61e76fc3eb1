import { ConfigurationError } from './configuration-error.js';
import type { Environment } from './environment.js';
import type { GatewaySettings } from './gateway/gateway-settings.js';

const MINIMUM_SECRET_BYTES = 32;
const MINIMUM_SECRET_CHARACTERS = 12;
const WELL_KNOWN_PASSWORDS = new Set(['admin123', 'password', 'changeme', 'change-me', 'administrator']);

/**
 * What may run on a laptop but not in production, each refused with one line.
 * @throws ConfigurationError naming the variable
 */
export function refuseUnsafeProduction(env: Environment, { providers }: GatewaySettings): void {
  if (env.NODE_ENV !== 'production') return;
  if (env.DATABASE_URL === undefined) {
    throw new ConfigurationError(
      'DATABASE_URL must be set in production: the embedded Postgres is for trying out only',
    );
  }
  if (env.JWT_SECRET_KEY === undefined) throw new ConfigurationError('JWT_SECRET_KEY must be set in production');
  if (isWeakSecret(env.JWT_SECRET_KEY)) {
    throw new ConfigurationError(
      `JWT_SECRET_KEY is weak: production needs at least ${MINIMUM_SECRET_BYTES} bytes and ${MINIMUM_SECRET_CHARACTERS} distinct characters`,
    );
  }
  if (env.ADMIN_PASSWORD !== undefined && WELL_KNOWN_PASSWORDS.has(env.ADMIN_PASSWORD.toLowerCase())) {
    throw new ConfigurationError('ADMIN_PASSWORD is a well-known default: choose another one for production');
  }
  if (providers.length === 0) {
    throw new ConfigurationError(
      'OPENAI_API_KEY (or another provider, there or in GATEHOUSE_CONFIG) must be set in production: the simulator is refused there',
    );
  }
}

/** Weak: under 32 bytes, or under 12 distinct characters. */
export function isWeakSecret(secret: string): boolean {
  return Buffer.byteLength(secret) < MINIMUM_SECRET_BYTES || new Set(secret).size < MINIMUM_SECRET_CHARACTERS;
}
