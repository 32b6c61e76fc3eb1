import { Injectable, Logger } from '@nestjs/common';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { FlushTimer } from '../../common/flush-timer.js';
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
  private readonly timer = new FlushTimer(() => this.write(), WRITE_EVERY_MS);

  constructor(
    private readonly usersService: UsersService,
    private readonly apiKeysService: ApiKeysService,
  ) {}

  onModuleInit(): void {
    this.timer.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.timer.stop();
  }

  note(userId: number, keyId: number | null): void {
    this.users.note(userId);
    if (keyId !== null) {
      this.keys.note(keyId);
    }
  }

  private async write(): Promise<void> {
    await this.writeOne(this.keys, (ids) => this.apiKeysService.markUsed(ids));
    await this.writeOne(this.users, (ids) => this.usersService.markActive(ids));
  }

  /** What could not be written is written the next time: nothing but a date is late. */
  private async writeOne(buffer: TouchBuffer, mark: (ids: number[]) => Promise<void>): Promise<void> {
    const ids = buffer.take();
    if (ids.length === 0) {
      return;
    }
    try {
      await mark(ids);
    } catch (error) {
      buffer.giveBack(ids);
      this.logger.warn({ err: error }, 'could not note when keys and accounts were last used');
    }
  }
}
