import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { OperatorAlert } from './operator-alert.js';

const RAISE = `
  INSERT INTO operator_alerts AS a (kind, dedup_key, severity, detail) VALUES ($1, $2, $3, $4)
  ON CONFLICT (dedup_key) DO UPDATE
    SET occurrences = a.occurrences + 1, last_at = clock_timestamp(), severity = excluded.severity, detail = excluded.detail`;

/** Writes down what an operator must look at. */
@Injectable()
export class OperatorAlertsService {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /**
   * Raises an alert, or counts one more occurrence of it. Durable when it resolves.
   * @throws the driver's error when Postgres cannot be asked
   */
  async raise({ kind, dedupKey, severity, detail }: OperatorAlert): Promise<void> {
    await this.dataSource.query(RAISE, [kind, dedupKey, severity, JSON.stringify(detail)]);
  }
}
