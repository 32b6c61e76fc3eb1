import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { unavailable } from '../../../common/errors/errors.js';
import { ConcurrencyGate } from './concurrency-gate.js';

/** OWASP's parameters for argon2id, which is the library's default variant: 19 MiB, two passes, one lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Half of libuv's threads: files, DNS and compression keep the others. */
const MAX_RUNNING = 2;
const MAX_WAITING = 64;

/**
 * Argon2id, a few at a time, so that a flood of logins cannot starve the gateway. When too many wait, both methods
 * throw 503 with `Retry-After`.
 */
@Injectable()
export class PasswordHasher implements OnModuleInit {
  private readonly gate = new ConcurrencyGate(MAX_RUNNING, MAX_WAITING, () =>
    unavailable('Too many logins at the moment. Please try again.', { code: 'login_busy', retryAfterSeconds: 1 }),
  );
  private decoy: string;

  async onModuleInit(): Promise<void> {
    this.decoy = await hash(randomBytes(32), PARAMETERS);
  }

  /** The PHC string to store. */
  async hash(password: string): Promise<string> {
    return this.gate.run(() => hash(oneSpelling(password), PARAMETERS));
  }

  /** Compares with the stored hash. Null, for nobody or for an account without a password, takes as long and is false. */
  async verify(stored: string | null, password: string): Promise<boolean> {
    const matches = await this.gate.run(() => verify(stored ?? this.decoy, oneSpelling(password)));
    return stored !== null && matches;
  }
}

/** Keyboards write the same letter in different ways; it is the same password. */
function oneSpelling(password: string): string {
  return password.normalize('NFKC');
}
