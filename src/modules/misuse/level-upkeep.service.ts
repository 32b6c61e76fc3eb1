import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Rounds } from '../../common/rounds.js';
import { DatabaseClock } from '../../database/database-clock.js';
import { describeError } from '../../queue/describe-error.js';
import { WatchedAccountsRepository } from './accounts/watched-accounts.repository.js';
import { BehaviourService } from './behaviour.service.js';

const INTERVAL_MS = 30_000;
const MOST_AT_ONCE = 100;

/** Takes accounts down a level when time has come. Every worker runs one; an account's lock keeps them apart. */
@Injectable()
export class LevelUpkeep implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(LevelUpkeep.name);
  private readonly rounds = new Rounds(() => this.round());

  constructor(
    private readonly dataSource: DataSource,
    private readonly accounts: WatchedAccountsRepository,
    private readonly behaviour: BehaviourService,
    private readonly clock: DatabaseClock,
  ) {}

  onApplicationBootstrap(): void {
    this.rounds.start(INTERVAL_MS);
  }

  async onModuleDestroy(): Promise<void> {
    await this.rounds.stop();
  }

  /** One round. Returns how many accounts were due. */
  async run(now = this.clock.now()): Promise<number> {
    const due = await this.accounts.due(this.dataSource.manager, now, MOST_AT_ONCE);
    for (const userId of due) {
      await this.dataSource.transaction(async (manager) => {
        const account = (await this.accounts.lock(manager, [userId])).get(userId);
        if (account !== undefined) await this.behaviour.advance(manager, account, now);
      });
    }
    return due.length;
  }

  private async round(): Promise<number> {
    try {
      await this.run();
    } catch (error) {
      // They are due still: the next round tries again.
      this.logger.warn({ reason: describeError(error) }, 'levels could not be brought up to date');
    }
    return INTERVAL_MS;
  }
}
