import { Injectable } from '@nestjs/common';
import type { MyCase } from './cases/my-case.dto.js';
import { CasesRepository } from './cases/cases.repository.js';
import { asOwnCase } from './cases/own-case.js';
import { StandingService } from './standing.service.js';
import type { Standing } from './standing.dto.js';

/** What misuse control keeps about a person, as that person takes it away. */
export interface ExportedMisuse {
  readonly state: Pick<Standing, 'level' | 'score' | 'deviation_score' | 'is_blocked' | 'scored_at'>;
  /** Oldest first, with what was appealed. */
  readonly cases: (MyCase & { readonly enforced: boolean })[];
}

@Injectable()
export class MisuseExportService {
  constructor(
    private readonly standings: StandingService,
    private readonly cases: CasesRepository,
  ) {}

  /** Throws 404. */
  async of(userId: number): Promise<ExportedMisuse> {
    const [standing, cases] = await Promise.all([this.standings.ofUser(userId), this.cases.allOf(userId)]);
    const { level, score, deviation_score, is_blocked, scored_at } = standing;
    return {
      state: { level, score, deviation_score, is_blocked, scored_at },
      cases: cases.map((found) => ({ ...asOwnCase(found), enforced: found.enforced })),
    };
  }
}
