import { CommonPasswords } from '../common/passwords/common-passwords.js';
import { ConfigurationError } from './configuration-error.js';
import type { Environment } from './environment.js';
import type { GatewaySettings } from './gateway/gateway-settings.js';

const MINIMUM_SECRET_BYTES = 32;
const MINIMUM_SECRET_CHARACTERS = 12;

/**
 * What may run on a laptop but not in production, each refused with one line.
 * @throws ConfigurationError naming the variable
 */
export async function refuseUnsafeProduction(env: Environment, { providers }: GatewaySettings): Promise<void> {
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
  if (env.ADMIN_PASSWORD !== undefined && (await CommonPasswords.load()).includes(env.ADMIN_PASSWORD)) {
    throw new ConfigurationError(
      'ADMIN_PASSWORD is one of the most common passwords: choose another one for production',
    );
  }
  if (env.SMTP_URL !== undefined && env.PUBLIC_URL === undefined) {
    throw new ConfigurationError('PUBLIC_URL must be set in production where mail is sent: its links begin with it');
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
