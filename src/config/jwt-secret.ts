import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The secret kept in the data directory outside production, made at the first start. */
export function localJwtSecret(dataDir: string): string {
  const path = join(dataDir, 'jwt-secret');
  try {
    // `wx`: of two processes that start together, one makes the secret and the other reads it.
    writeFileSync(path, randomBytes(48).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(path, 'utf8').trim();
}
