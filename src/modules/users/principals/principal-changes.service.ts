import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { PrincipalCache } from './principal-cache.js';
import { formatPrincipalChange } from './principal-change.js';
import type { PrincipalChange } from './principal-change.js';

/** The Postgres channel on which replicas tell each other whose credentials changed. */
export const PRINCIPALS_CHANNEL = 'gatehouse_principals';

/**
 * Every change to who may come in goes through here, so that no replica goes on with what it remembers. For
 * administration and log-outs only: a notification takes a database-wide lock at commit.
 */
@Injectable()
export class PrincipalChanges {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cache: PrincipalCache,
  ) {}

  /** Runs `work` in a transaction. At its commit every replica forgets; this one before the promise resolves. */
  async commit<T>(change: PrincipalChange, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const result = await this.dataSource.transaction(async (manager) => {
      const outcome = await work(manager);
      await this.announce(manager, change);
      return outcome;
    });
    this.forget(change);
    return result;
  }

  /** For a caller with a transaction of its own: the replicas, this one too, hear of the change when it commits. */
  async announce(manager: EntityManager, change: PrincipalChange): Promise<void> {
    await manager.query('SELECT pg_notify($1, $2)', [PRINCIPALS_CHANNEL, formatPrincipalChange(change)]);
  }

  forget(change: PrincipalChange): void {
    if ('userId' in change) {
      this.cache.invalidateUser(change.userId);
    } else {
      this.cache.invalidateKey(change.keyId);
    }
  }
}
