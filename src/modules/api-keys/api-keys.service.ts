import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { isUUID } from 'class-validator';
import { IsNull } from 'typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { invalidRequest, notFound } from '../../common/errors/errors.js';
import { PrincipalChanges } from '../users/principals/principal-changes.service.js';
import { displayPrefix, generateKey, hashKey } from './api-key-format.js';
import type { ApiKeyRecord, IssuedApiKey, NewApiKey } from './api-key-record.js';
import { ApiKey } from './api-key.entity.js';

export interface ApiKeyChanges {
  readonly name?: string;
  readonly isActive?: boolean;
  readonly requestsPerMinute?: number;
}

/**
 * Keys: issued once, then known by their hash. Everything is scoped to the owner: another account's key is a
 * 404 `API key not found`, as is one that was deleted.
 */
@Injectable()
export class ApiKeysService {
  constructor(
    @InjectRepository(ApiKey) private readonly keys: Repository<ApiKey>,
    private readonly changes: PrincipalChanges,
  ) {}

  /** Makes a key. The answer is the only place where it is ever shown. */
  async issue(key: NewApiKey, manager: EntityManager = this.keys.manager): Promise<IssuedApiKey> {
    const secret = generateKey(key.prefix);
    const hash = hashKey(secret);
    await manager.insert(ApiKey, {
      userId: key.userId,
      name: key.name,
      prefix: displayPrefix(secret),
      hash,
      requestsPerMinute: key.requestsPerMinute ?? null,
      isDefault: key.isDefault ?? false,
    });
    return { record: await manager.findOneByOrFail(ApiKey, { hash }), key: secret };
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

  /** The account's default key, if it has one that still works. */
  async findDefault(userId: number): Promise<ApiKeyRecord | null> {
    return this.keys.findOneBy({ userId, isDefault: true, revokedAt: IsNull() });
  }

  /** Renames, switches off and on, or changes the rate. Throws 400 when a revoked key should be switched on. */
  async update(userId: number, publicId: string, changes: ApiKeyChanges): Promise<ApiKeyRecord> {
    return this.changes.commit({ userId }, async (manager) => {
      const key = await this.lock(manager, userId, publicId);
      if (key.revokedAt !== null && changes.isActive === true) {
        throw invalidRequest('A revoked API key cannot be made active again', {
          code: 'key_revoked',
          param: 'is_active',
        });
      }
      await manager.update(ApiKey, { userId, id: key.id }, { ...changes });
      return this.getIn(manager, userId, publicId);
    });
  }

  /** Ends a key for good, at once on this replica and within seconds everywhere. Idempotent for the owner. */
  async revoke(userId: number, publicId: string): Promise<void> {
    await this.end(userId, publicId, false);
  }

  /** Revokes and hides a key. Its usage stays. */
  async remove(userId: number, publicId: string): Promise<void> {
    await this.end(userId, publicId, true);
  }

  /** Revokes the account's default key and issues its successor. */
  async replaceDefault(userId: number): Promise<IssuedApiKey> {
    return this.changes.commit({ userId }, async (manager) => {
      await manager.query('SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
      await manager.query(
        `UPDATE api_keys SET revoked_at = now(), is_active = false, is_default = false, updated_at = now()
          WHERE user_id = $1 AND is_default AND revoked_at IS NULL`,
        [userId],
      );
      return this.issue({ userId, prefix: 'cb_', name: 'default', isDefault: true }, manager);
    });
  }

  /** Notes when keys were last used. Rows that somebody else has locked are left for the next time. */
  async markUsed(keyIds: readonly number[]): Promise<void> {
    await this.keys.query(
      `UPDATE api_keys SET last_used_at = now()
        WHERE id IN (SELECT id FROM api_keys WHERE id = ANY($1::int[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)`,
      [keyIds],
    );
  }

  private async end(userId: number, publicId: string, isDeleted: boolean): Promise<void> {
    await this.changes.commit({ userId }, async (manager) => {
      const key = await this.lock(manager, userId, publicId);
      await manager.query(
        `UPDATE api_keys
            SET revoked_at = COALESCE(revoked_at, now()), is_active = false, is_default = false, updated_at = now(),
                deleted_at = CASE WHEN $3 THEN now() ELSE deleted_at END
          WHERE user_id = $1 AND id = $2`,
        [userId, key.id, isDeleted],
      );
    });
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
    if (key === null) {
      throw notFound('API key not found', { code: 'key_not_found' });
    }
    return key;
  }

  private lock(manager: EntityManager, userId: number, publicId: string): Promise<ApiKeyRecord> {
    return this.getIn(manager, userId, publicId, { mode: 'for_no_key_update' });
  }
}
