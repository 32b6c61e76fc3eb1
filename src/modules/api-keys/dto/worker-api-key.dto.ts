import type { ApiKeyRecord } from '../api-key-record.js';

export class WorkerApiKeyDto {
  /** UUID. */
  id: string;
  name: string;
  active: boolean;
  created_at: Date;

  static of(key: ApiKeyRecord): WorkerApiKeyDto {
    return { id: key.publicId, name: key.name, active: key.isActive, created_at: key.createdAt };
  }
}
