import type { DataSource } from 'typeorm';
import { SYSTEM } from '../../src/common/actor.js';
import { createDataSource } from '../../src/database/data-source.js';
import { AuditService } from '../../src/modules/audit/audit.service.js';
import type { AdmissionRequest, Hold } from '../../src/modules/usage/admission/admission.types.js';
import { InstallationService } from '../../src/modules/usage/limits/installation.service.js';
import { SubjectLimitsService } from '../../src/modules/usage/limits/subject-limits.service.js';
import type { SubjectLimits } from '../../src/modules/usage/limits/subject-limits.js';
import { QuotaResetService } from '../../src/modules/usage/resets/quota-reset.service.js';
import { LedgerVerifier } from '../../src/modules/usage/verification/ledger-verifier.js';
import { createDatabase, dropDatabase } from './databases.js';
import { Books, ended, PRICE, Replica, request } from './usage-books.js';

/** Two replicas on one database, and those who set and lift limits. */
export class LimitsScene {
  private constructor(
    readonly books: Books,
    readonly replicas: readonly [Replica, Replica],
    readonly dataSource: DataSource,
    readonly limits: SubjectLimitsService,
    readonly installation: InstallationService,
    readonly resets: QuotaResetService,
    private readonly databaseUrl: string,
  ) {}

  static async start(): Promise<LimitsScene> {
    const databaseUrl = await createDatabase();
    const dataSource = await createDataSource(databaseUrl).initialize();
    const audit = new AuditService(dataSource);
    return new LimitsScene(
      await Books.open(databaseUrl),
      [new Replica(databaseUrl), new Replica(databaseUrl)],
      dataSource,
      new SubjectLimitsService(dataSource, audit),
      new InstallationService(dataSource, audit),
      new QuotaResetService(dataSource, audit),
      databaseUrl,
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.close()));
    await this.dataSource.destroy();
    await this.books.close();
    await dropDatabase(this.databaseUrl);
  }

  admit(user: number, change: Partial<AdmissionRequest> = {}): Promise<Hold> {
    return this.replicas[0].admission.admit(request(user, change));
  }

  /** A call of 10 prompt and 20 completion tokens, or as told: 9,000 nano-dollars. */
  async call(user: number, change: Partial<AdmissionRequest> = {}, prompt = 10, completion = 20): Promise<void> {
    await this.settle(await this.admit(user, change), prompt, completion);
  }

  async settle(hold: Hold, prompt: number, completion: number): Promise<void> {
    await this.replicas[1].settlement.settle(hold, ended(hold, prompt, completion));
  }

  /** A call whose worker was gone: swept, and its usage is told when somebody asks for it. */
  async orphan(user: number, change: Partial<AdmissionRequest>): Promise<() => Promise<void>> {
    const hold = await this.admit(user, change);
    await this.books.expireHolds(user);
    await this.replicas[0].sweeper.sweep();
    return () => this.settle(hold, 10, 20);
  }

  /** Corrects every call of some accounts to prices this many times the right ones, in one statement. */
  async reprice(users: number[], times: number): Promise<void> {
    const calls = await this.books.query<{ user: number; id: string }>(
      'SELECT user_id AS "user", request_id AS id FROM ledger WHERE user_id = ANY ($1)',
      [users],
    );
    await this.books.query('SELECT * FROM gatehouse_reprice($1, $2, $3, $4::numeric, $5::numeric, $6::numeric)', [
      calls.map(({ user }) => user),
      calls.map(({ id }) => id),
      `times ${times}`,
      PRICE.inputNanoUsdPerToken * times,
      PRICE.cachedInputNanoUsdPerToken * times,
      PRICE.outputNanoUsdPerToken * times,
    ]);
  }

  limit(userId: number, subject: 'key' | 'task', subjectId: number, changes: Partial<SubjectLimits>) {
    const target =
      subject === 'key'
        ? { kind: 'api_key' as const, id: String(subjectId), userId }
        : { kind: 'task' as const, id: String(subjectId), userId: null };
    return this.limits.change({ userId, subject, subjectId, target }, changes, SYSTEM);
  }

  /** Requests, tokens and nano-dollars of the windows of a subject, by period; what is held of them in the end. */
  async windows(userId: number, subject: number, subjectId: number) {
    return this.books.query<{ period: string; requests: number; tokens: number; cost: number; held: number }>(
      `SELECT (ARRAY['day', 'month', 'lifetime'])[period] AS period, requests::int, spent_tokens::int AS tokens,
              spent_nano_usd::int AS cost, held_tokens::int AS held
         FROM quota_windows WHERE (user_id, subject, subject_id) = ($1, $2, $3)
          AND generation = (SELECT max(generation) FROM quota_windows w WHERE (w.user_id, w.subject, w.subject_id, w.period)
                               = ($1, $2, $3, quota_windows.period))
        ORDER BY quota_windows.period`,
      [userId, subject, subjectId],
    );
  }

  /** What everybody's day cost so far, as the rollups tell. */
  async dayOfEverybody(): Promise<number> {
    const [day] = await this.books.query<{ cost: string }>(
      `SELECT coalesce(sum(cost_nano_usd), 0) AS cost FROM usage_rollups WHERE day = (now() AT TIME ZONE 'UTC')::date`,
    );
    return Number(day.cost);
  }

  async findings(): Promise<string[]> {
    const { discrepancies } = await new LedgerVerifier(this.dataSource).verify();
    return discrepancies.map(({ message }) => message);
  }
}

/** What {@link LimitsScene.windows} tells of a subject whose day, month and life had the same use. */
export function everyPeriod(used: { requests: number; tokens: number; cost: number; held?: number }) {
  return ['day', 'month', 'lifetime'].map((period) => ({ held: 0, ...used, period }));
}
