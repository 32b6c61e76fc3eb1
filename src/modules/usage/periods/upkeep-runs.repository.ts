import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

export type UpkeepName = 'close_periods' | 'retention';

const LONGEST_RETRY_MINUTES = 60;

const CLAIM = `
  UPDATE upkeep_runs SET last_run_at = clock_timestamp(), retry_at = NULL
   WHERE name = $1 AND (last_run_at <= clock_timestamp() - make_interval(secs => $2) OR retry_at <= clock_timestamp())`;
const SUCCEEDED = 'UPDATE upkeep_runs SET failures = 0 WHERE name = $1 AND failures > 0';
/* After 1, 2, 4 and so on minutes. */
const FAILED = `
  UPDATE upkeep_runs
     SET failures = failures + 1, retry_at = clock_timestamp() + make_interval(mins => least($2, 2 ^ least(failures, 10))::int)
   WHERE name = $1 RETURNING failures`;

/** Whose turn it is to do work that comes round again, of however many replicas, and when it is due. */
@Injectable()
export class UpkeepRuns {
  constructor(private readonly dataSource: DataSource) {}

  /** Whether the work is the caller's to do: when nobody began it within `sinceMs`, or it failed and a retry is due. */
  async claim(name: UpkeepName, sinceMs: number): Promise<boolean> {
    const [, count] = await this.dataSource.query<[unknown, number]>(CLAIM, [name, sinceMs / 1_000]);
    return count === 1;
  }

  /** The work that was claimed is done. */
  async succeeded(name: UpkeepName): Promise<void> {
    await this.dataSource.query(SUCCEEDED, [name]);
  }

  /** It is not: it becomes due again in a minute, and in twice as long after each failure in a row, an hour at most. Their number. */
  async failed(name: UpkeepName): Promise<number> {
    const [rows] = await this.dataSource.query<[{ failures: number }[], number]>(FAILED, [name, LONGEST_RETRY_MINUTES]);
    const [run] = rows;
    if (run === undefined) throw new Error(`there is no upkeep named ${name}`);
    return run.failures;
  }
}
