import type { ApiKeyRecord } from '../api-key-record.js';

/** A key as its owner sees it again and again. */
export class ApiKeyResponseDto {
  /** UUID. */
  id: string;
  name: string;
  /** The first eight characters of the key. */
  key_prefix: string;
  is_active: boolean;
  rate_limit_per_minute: number;
  created_at: Date;
  last_used_at: Date | null;

  static of(key: ApiKeyRecord, defaultRequestsPerMinute: number): ApiKeyResponseDto {
    return {
      id: key.publicId,
      name: key.name,
      key_prefix: key.prefix,
      is_active: key.isActive,
      rate_limit_per_minute: key.requestsPerMinute ?? defaultRequestsPerMinute,
      created_at: key.createdAt,
      last_used_at: key.lastUsedAt,
    };
  }
}
