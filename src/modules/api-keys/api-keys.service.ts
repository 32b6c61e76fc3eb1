import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { isUUID } from 'class-validator';
import { IsNull } from 'typeorm';
import type { EntityManager, Repository } from 'typeorm';
import type { Actor } from '../../common/actor.js';
import { invalidRequest, notFound } from '../../common/errors/errors.js';
import { DatabaseClock } from '../../database/database-clock.js';
import type { AuditAction } from '../audit/audit-entry.js';
import { AuditService } from '../audit/audit.service.js';
import { differences } from '../audit/differences.js';
import { openWindows } from '../usage/limits/open-windows.js';
import { PrincipalChanges } from '../users/principals/principal-changes.service.js';
import { displayPrefix, generateKey, hashKey, prefixOf } from './api-key-format.js';
import type { KeyPrefix } from './api-key-format.js';
import type { ApiKeyChanges, ApiKeyRecord, ApiKeyTerms, IssuedApiKey, NewApiKey } from './api-key-record.js';
import { ApiKey } from './api-key.entity.js';

const TERMS = [
  'scopes',
  'allowedModels',
  'ipAllowList',
  'expiresAt',
  'requestsPerMinute',
  'tokenBudget',
  'costBudgetNanoUsd',
  'cacheAnswers',
] as const satisfies readonly (keyof ApiKeyTerms)[];

/**
 * Keys: issued once, then known by their hash. Everything is scoped to the owner: another account's key is a
 * 404 `API key not found`, as is one that was deleted. Every change is told of in the audit log.
 */
@Injectable()
export class ApiKeysService {
  constructor(
    @InjectRepository(ApiKey) private readonly keys: Repository<ApiKey>,
    private readonly changes: PrincipalChanges,
    private readonly audit: AuditService,
    private readonly clock: DatabaseClock,
  ) {}

  /** Makes a key. The answer is the only place where it is ever shown. */
  async issue(key: NewApiKey, manager?: EntityManager): Promise<IssuedApiKey> {
    if (manager === undefined) {
      return this.keys.manager.transaction((transaction) => this.issue(key, transaction));
    }
    const { actor, prefix, ...columns } = key;
    const secret = generateKey(prefix);
    const hash = hashKey(secret);
    await manager.insert(ApiKey, { ...columns, prefix: displayPrefix(secret), hash });
    const record = await manager.findOneByOrFail(ApiKey, { hash });
    await this.tell(manager, 'key.created', record, actor, termsGiven(record));
    return { record, key: secret };
  }

  /** The owner's keys, newest first; revoked ones too, unless `activeOnly`. */
  async list(userId: number, page: { skip: number; limit: number; activeOnly: boolean }): Promise<ApiKeyRecord[]> {
    return this.keys.find({
      where: { userId, deletedAt: IsNull(), ...(page.activeOnly ? { isActive: true } : {}) },
      order: { id: 'DESC' },
      skip: page.skip,
      take: page.limit,
    });
  }

  async get(userId: number, publicId: string): Promise<ApiKeyRecord> {
    return this.getIn(this.keys.manager, userId, publicId);
  }

  /** The account's default key, if it has one that was not revoked. */
  async findDefault(userId: number, manager: EntityManager = this.keys.manager): Promise<ApiKeyRecord | null> {
    return manager.findOneBy(ApiKey, { userId, isDefault: true, revokedAt: IsNull() });
  }

  /** Renames, switches off and on, or changes the terms; a budget counts what the key used before. Throws 400 when a revoked key should be switched on. */
  async update(userId: number, publicId: string, changes: ApiKeyChanges, actor: Actor): Promise<ApiKeyRecord> {
    return this.changes.commit({ userId }, async (manager) => {
      if (changes.tokenBudget != null || changes.costBudgetNanoUsd != null) {
        const { id } = await this.getIn(manager, userId, publicId);
        await openWindows(manager, userId, 'key', id);
      }
      const before = await this.lock(manager, userId, publicId);
      if (before.revokedAt !== null && changes.isActive === true) {
        throw invalidRequest('A revoked API key cannot be made active again', {
          code: 'key_revoked',
          param: 'is_active',
        });
      }
      await manager.update(ApiKey, { userId, id: before.id }, { ...changes });
      const after = await this.getIn(manager, userId, publicId);
      const changed = differences(before, after, [...TERMS, 'isActive']);
      // Names are the owner's own words: that one was changed is enough.
      const renamed = before.name !== after.name;
      if (changed !== null || renamed) await this.tell(manager, 'key.changed', after, actor, { ...changed, renamed });
      return after;
    });
  }

  /**
   * Gives a key a new secret, which the answer alone shows. The old one works for `graceSeconds` more; one from an
   * earlier rotation ends at once. Throws 400 for a key that was revoked or has expired.
   */
  async rotate(userId: number, publicId: string, graceSeconds: number, actor: Actor): Promise<IssuedApiKey> {
    return this.changes.commit({ userId }, async (manager) => {
      const before = await this.lock(manager, userId, publicId);
      if (before.revokedAt !== null) {
        throw invalidRequest('A revoked API key cannot be rotated', { code: 'key_revoked' });
      }
      if (before.expiresAt !== null && before.expiresAt.getTime() <= this.clock.now()) {
        throw invalidRequest('An expired API key cannot be rotated: give it another expires_at first', {
          code: 'key_expired',
        });
      }
      const key = generateKey(prefixOf(before.prefix));
      await manager.query(
        `UPDATE api_keys
            SET hash = $3, prefix = $4, rotated_at = now(), updated_at = now(),
                previous_hash = CASE WHEN $5 > 0 THEN hash END,
                previous_hash_expires_at = CASE WHEN $5 > 0 THEN now() + make_interval(secs => $5) END
          WHERE user_id = $1 AND id = $2`,
        [userId, before.id, hashKey(key), displayPrefix(key), graceSeconds],
      );
      const record = await this.getIn(manager, userId, publicId);
      await this.tell(manager, 'key.rotated', record, actor, { graceSeconds });
      return { record, key };
    });
  }

  /** Ends a key for good, at once on this replica and within seconds everywhere. Idempotent for the owner. */
  async revoke(userId: number, publicId: string, actor: Actor): Promise<void> {
    await this.changes.commit({ userId }, async (manager) => {
      await this.end(manager, await this.lock(manager, userId, publicId), actor);
    });
  }

  /** Revokes and hides a key. Its usage stays. */
  async remove(userId: number, publicId: string, actor: Actor): Promise<void> {
    await this.changes.commit({ userId }, async (manager) => {
      const key = await this.lock(manager, userId, publicId);
      await this.end(manager, key, actor, { silently: true });
      await manager.query('UPDATE api_keys SET deleted_at = now() WHERE user_id = $1 AND id = $2', [userId, key.id]);
      await this.tell(manager, 'key.deleted', key, actor);
    });
  }

  /** Revokes the account's default key and issues its successor, which has the same terms except that it never expires. */
  async replaceDefault(userId: number, actor: Actor, prefix: KeyPrefix = 'cb_'): Promise<IssuedApiKey> {
    return this.changes.commit({ userId }, async (manager) => {
      await this.lockOwner(manager, userId);
      const old = await this.findDefault(userId, manager);
      if (old !== null) await this.end(manager, old, actor);
      const terms = old === null ? {} : termsOf(old);
      return this.issue({ userId, prefix, name: 'default', isDefault: true, ...terms, actor }, manager);
    });
  }

  /** Revokes the account's default key. Throws 404 when there is none. */
  async revokeDefault(userId: number, actor: Actor): Promise<ApiKeyRecord> {
    return this.changes.commit({ userId }, async (manager) => {
      await this.lockOwner(manager, userId);
      const key = await this.findDefault(userId, manager);
      if (key === null) throw keyNotFound();
      await this.end(manager, key, actor);
      return manager.findOneByOrFail(ApiKey, { userId, id: key.id });
    });
  }

  /** Makes a first default key. Throws 400 `key_exists` when there is one. */
  async issueDefault(userId: number, actor: Actor, prefix: KeyPrefix): Promise<IssuedApiKey> {
    return this.keys.manager.transaction(async (manager) => {
      await this.lockOwner(manager, userId);
      if ((await this.findDefault(userId, manager)) !== null) {
        throw invalidRequest('User already has an active API key', { code: 'key_exists' });
      }
      return this.issue({ userId, prefix, name: 'default', isDefault: true, actor }, manager);
    });
  }

  /** For an account that is erased: every key ends, and what its owner wrote on them goes. Resolves with their number. */
  async erase(manager: EntityManager, userId: number): Promise<number> {
    const [, count] = await manager.query<[unknown, number]>(
      `UPDATE api_keys
          SET revoked_at = coalesce(revoked_at, now()), deleted_at = coalesce(deleted_at, now()), is_active = false,
              is_default = false, name = 'erased', ip_allow_list = NULL, previous_hash = NULL,
              previous_hash_expires_at = NULL, updated_at = now()
        WHERE user_id = $1`,
      [userId],
    );
    return count;
  }

  /** Notes when keys were last used. Rows that somebody else has locked are left for the next time. */
  async markUsed(keyIds: readonly number[]): Promise<void> {
    await this.keys.query(
      `UPDATE api_keys SET last_used_at = now()
        WHERE id IN (SELECT id FROM api_keys WHERE id = ANY($1::int[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)`,
      [keyIds],
    );
  }

  private async end(manager: EntityManager, key: ApiKeyRecord, actor: Actor, { silently = false } = {}): Promise<void> {
    if (key.revokedAt !== null) return;
    await manager.query(
      `UPDATE api_keys
          SET revoked_at = now(), is_active = false, is_default = false, previous_hash = NULL,
              previous_hash_expires_at = NULL, updated_at = now()
        WHERE user_id = $1 AND id = $2`,
      [key.userId, key.id],
    );
    if (!silently) await this.tell(manager, 'key.revoked', key, actor);
  }

  private async tell(
    manager: EntityManager,
    action: AuditAction,
    key: ApiKeyRecord,
    actor: Actor,
    details: Record<string, unknown> = {},
  ): Promise<void> {
    const target = { kind: 'api_key' as const, id: key.publicId, userId: key.userId };
    await this.audit.record(manager, { actor, action, target, details });
  }

  /** Two who replace a default key at once come one after the other. */
  private async lockOwner(manager: EntityManager, userId: number): Promise<void> {
    await manager.query('SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
  }

  private async getIn(
    manager: EntityManager,
    userId: number,
    publicId: string,
    lock?: { mode: 'for_no_key_update' },
  ): Promise<ApiKeyRecord> {
    const key = isUUID(publicId)
      ? await manager.findOne(ApiKey, { where: { userId, publicId, deletedAt: IsNull() }, lock })
      : null;
    if (key === null) throw keyNotFound();
    return key;
  }

  private lock(manager: EntityManager, userId: number, publicId: string): Promise<ApiKeyRecord> {
    return this.getIn(manager, userId, publicId, { mode: 'for_no_key_update' });
  }
}

function keyNotFound() {
  return notFound('API key not found', { code: 'key_not_found' });
}

function termsOf({
  scopes,
  allowedModels,
  ipAllowList,
  requestsPerMinute,
  tokenBudget,
  costBudgetNanoUsd,
  cacheAnswers,
}: ApiKeyTerms) {
  return { scopes, allowedModels, ipAllowList, requestsPerMinute, tokenBudget, costBudgetNanoUsd, cacheAnswers };
}

/** The terms that differ from having none. */
function termsGiven(key: ApiKeyRecord): Record<string, unknown> {
  return Object.fromEntries(
    TERMS.filter((term) => key[term] !== null && key[term] !== false).map((term) => [term, key[term]]),
  );
}
