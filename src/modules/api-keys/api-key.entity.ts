import { Column, CreateDateColumn, Entity, PrimaryColumn, PrimaryGeneratedColumn, UpdateDateColumn } from 'typeorm';
import type { KeyScope } from '../../common/key-scopes.js';
import type { ApiKeyRecord } from './api-key-record.js';

/** The driver reads a bigint as text. */
const BIGINT = {
  to: (value: unknown) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};

/** Rows outlive their key: usage history refers to them. */
@Entity({ name: 'api_keys' })
export class ApiKey implements ApiKeyRecord {
  @PrimaryColumn({ name: 'user_id', type: 'int' })
  userId: number;

  @PrimaryGeneratedColumn('identity', { name: 'id', type: 'int', generatedIdentity: 'ALWAYS' })
  id: number;

  @Column({ name: 'public_id', type: 'uuid', default: () => 'gen_random_uuid()' })
  publicId: string;

  @Column({ name: 'name', type: 'text' })
  name: string;

  @Column({ name: 'prefix', type: 'text' })
  prefix: string;

  /** SHA-256 of the key. */
  @Column({ name: 'hash', type: 'bytea', unique: true, select: false })
  hash: Buffer;

  @Column({ name: 'requests_per_minute', type: 'int', nullable: true })
  requestsPerMinute: number | null;

  @Column({ name: 'scopes', type: 'text', array: true, nullable: true })
  scopes: KeyScope[] | null;

  @Column({ name: 'allowed_models', type: 'text', array: true, nullable: true })
  allowedModels: string[] | null;

  @Column({ name: 'ip_allow_list', type: 'text', array: true, nullable: true })
  ipAllowList: string[] | null;

  @Column({ name: 'token_budget', type: 'bigint', nullable: true, transformer: BIGINT })
  tokenBudget: number | null;

  @Column({ name: 'cost_budget_nano_usd', type: 'bigint', nullable: true, transformer: BIGINT })
  costBudgetNanoUsd: number | null;

  @Column({ name: 'is_active', type: 'boolean', default: true })
  isActive: boolean;

  @Column({ name: 'is_default', type: 'boolean', default: false })
  isDefault: boolean;

  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  expiresAt: Date | null;

  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  revokedAt: Date | null;

  @Column({ name: 'rotated_at', type: 'timestamptz', nullable: true })
  rotatedAt: Date | null;

  @Column({ name: 'previous_hash_expires_at', type: 'timestamptz', nullable: true })
  previousHashExpiresAt: Date | null;

  @Column({ name: 'deleted_at', type: 'timestamptz', nullable: true })
  deletedAt: Date | null;

  @Column({ name: 'last_used_at', type: 'timestamptz', nullable: true })
  lastUsedAt: Date | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
