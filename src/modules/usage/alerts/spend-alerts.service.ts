import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Config } from '../../../config/config.js';
import { DAYS_OF_EVERYBODY } from '../statistics/usage-sources.js';
import { OperatorAlertsService } from './operator-alerts.service.js';
import { COMPARED_DAYS, spendAnomaly } from './spend-anomaly.js';
import type { SpendAnomaly } from './spend-anomaly.js';

interface SpendRow {
  readonly userId: number;
  /** UTC day, `YYYY-MM-DD`. */
  readonly today: string;
  readonly todayNanoUsd: string;
  /** Days without spending are left out. */
  readonly pastNanoUsd: string[];
}

const TODAY = `(now() AT TIME ZONE 'UTC')::date`;

/** One row for each account that spent something today. */
const BY_ACCOUNT = `
  SELECT user_id AS "userId", ${TODAY}::text AS today, sum(cost) FILTER (WHERE day = ${TODAY}) AS "todayNanoUsd",
         coalesce(array_agg(cost::text) FILTER (WHERE day < ${TODAY}), '{}') AS "pastNanoUsd"
    FROM (SELECT user_id, day, sum(cost_nano_usd) AS cost FROM usage_rollups
           WHERE user_id = ANY ($1::int[]) AND day >= ${TODAY} - ${COMPARED_DAYS} AND day <= ${TODAY}
           GROUP BY user_id, day) days
   GROUP BY user_id HAVING bool_or(day = ${TODAY})`;
const OF_EVERYBODY = `
  SELECT 0 AS "userId", ${TODAY}::text AS today, coalesce(sum(cost) FILTER (WHERE day = ${TODAY}), 0) AS "todayNanoUsd",
         coalesce(array_agg(cost::text) FILTER (WHERE day < ${TODAY}), '{}') AS "pastNanoUsd"
    FROM (SELECT day, sum(cost_nano_usd) AS cost FROM ${DAYS_OF_EVERYBODY} d
           WHERE day >= ${TODAY} - ${COMPARED_DAYS} AND day <= ${TODAY} GROUP BY day) days`;
const NANO_USD_PER_USD = 1_000_000_000;

/** Tells people when an account, or everybody together, spends unusually much: once a UTC day. */
@Injectable()
export class SpendAlertsService {
  constructor(
    private readonly config: Config,
    private readonly alerts: OperatorAlertsService,
  ) {}

  /** Part of the caller's transaction. */
  async watchAccounts(manager: EntityManager, userIds: readonly number[]): Promise<void> {
    await this.judge(manager, await manager.query<SpendRow[]>(BY_ACCOUNT, [userIds]));
  }

  /** Part of the caller's transaction. */
  async watchInstallation(manager: EntityManager): Promise<void> {
    await this.judge(manager, await manager.query<SpendRow[]>(OF_EVERYBODY));
  }

  private async judge(manager: EntityManager, rows: readonly SpendRow[]): Promise<void> {
    for (const { userId, today, todayNanoUsd, pastNanoUsd } of rows) {
      const anomaly = spendAnomaly({
        todayNanoUsd: Number(todayNanoUsd),
        pastNanoUsd: pastNanoUsd.map(Number),
        floorNanoUsd: this.config.alerts.spendFloorNanoUsd,
      });
      if (anomaly !== null) await this.raise(manager, userId, today, anomaly);
    }
  }

  private async raise(manager: EntityManager, userId: number, day: string, anomaly: SpendAnomaly): Promise<void> {
    const isInstallation = userId === 0;
    await this.alerts.raiseOnce(manager, {
      kind: 'spend_anomaly',
      dedupKey: `spend:${userId}:${day}`,
      severity: 'warning',
      userId: isInstallation ? undefined : userId,
      title: `Unusual spending of ${isInstallation ? 'all accounts together' : 'an account'}`,
      description:
        `${usd(anomaly.todayNanoUsd)} so far on ${day} (UTC); more than ${usd(anomaly.unusualAboveNanoUsd)} is unusual ` +
        `after ${usd(anomaly.meanNanoUsd)} a day in the last ${COMPARED_DAYS} days.`,
      detail: {
        day,
        today_nano_usd: anomaly.todayNanoUsd,
        mean_nano_usd: anomaly.meanNanoUsd,
        spread_nano_usd: anomaly.spreadNanoUsd,
        unusual_above_nano_usd: anomaly.unusualAboveNanoUsd,
      },
    });
  }
}

function usd(nanoUsd: number): string {
  return `${(nanoUsd / NANO_USD_PER_USD).toFixed(2)} USD`;
}
