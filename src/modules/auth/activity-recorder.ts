import { Injectable, Logger } from '@nestjs/common';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { UsersService } from '../users/users.service.js';
import { TouchBuffer } from './touch-buffer.js';

const WRITE_EVERY_MS = 10_000;
const ONCE_IN_MS = 60_000;
const MAX_IDS = 50_000;

/** When keys and accounts were last used, without a write per request: at most one a minute for each. */
@Injectable()
export class ActivityRecorder implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(ActivityRecorder.name);
  private readonly users = new TouchBuffer(ONCE_IN_MS, MAX_IDS);
  private readonly keys = new TouchBuffer(ONCE_IN_MS, MAX_IDS);
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly usersService: UsersService,
    private readonly apiKeysService: ApiKeysService,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => (this.writing = this.write()), WRITE_EVERY_MS);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.writing;
    await this.write();
  }

  note(userId: number, keyId: number | null): void {
    this.users.note(userId);
    if (keyId !== null) {
      this.keys.note(keyId);
    }
  }

  /** A failed write is only a date that is a minute late, so it is logged and not repeated. */
  private async write(): Promise<void> {
    try {
      const keyIds = this.keys.take();
      if (keyIds.length > 0) {
        await this.apiKeysService.markUsed(keyIds);
      }
      const userIds = this.users.take();
      if (userIds.length > 0) {
        await this.usersService.markActive(userIds);
      }
    } catch (error) {
      this.logger.warn({ err: error }, 'could not note when keys and accounts were last used');
    }
  }
}
