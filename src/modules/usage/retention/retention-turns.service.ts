import { Injectable, Logger } from '@nestjs/common';
import { OperatorAlertsService } from '../alerts/operator-alerts.service.js';
import { UpkeepRuns } from '../periods/upkeep-runs.repository.js';
import { RetentionService } from './retention.service.js';

const EVERY_MS = 3_600_000;
/** With waits of 1, 2, 4, 8, 16 and 32 minutes between them, so many failures in a row take about an hour. */
const FAILURES_TOLD = 7;

/**
 * Drops what has lapsed every hour, on one replica. What cannot go yet is tried again sooner: that a call is running, or a lock
 * taken, is over in minutes. When it goes on, an operator is told.
 */
@Injectable()
export class RetentionTurns {
  private readonly logger = new Logger(RetentionTurns.name);

  constructor(
    private readonly retention: RetentionService,
    private readonly runs: UpkeepRuns,
    private readonly alerts: OperatorAlertsService,
  ) {}

  /** @throws the driver's error when Postgres cannot be asked whose turn it is, or told what came of it */
  async takeIfDue(): Promise<void> {
    if (!this.retention.isWanted) return;
    if (!(await this.runs.claim('retention', EVERY_MS))) return;
    const obstacles = await this.drop();
    if (obstacles.length === 0) return this.runs.succeeded('retention');
    const failures = await this.runs.failed('retention');
    if (failures >= FAILURES_TOLD) await this.tell(failures, obstacles);
  }

  private async drop(): Promise<readonly string[]> {
    try {
      return await this.retention.dropLapsed();
    } catch (error) {
      this.logger.warn({ err: error }, 'what has lapsed could not be dropped');
      return ['Postgres failed: see the log'];
    }
  }

  private async tell(failures: number, obstacles: readonly string[]): Promise<void> {
    await this.alerts.raise({
      kind: 'retention_stuck',
      dedupKey: 'retention_stuck',
      severity: 'warning',
      title: 'What has lapsed cannot be dropped',
      description: `${failures} tries in a row failed. The last time: ${obstacles.join('; ')}.`,
      detail: { failures },
    });
  }
}
