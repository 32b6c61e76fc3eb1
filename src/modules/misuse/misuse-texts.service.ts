import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** What a person wrote, or what was written about one, in the records of misuse control. */
@Injectable()
export class MisuseTextsService {
  /** Takes the texts out for good. That something happened, and the scores, stay. */
  async erase(userIds: readonly number[], manager: EntityManager): Promise<void> {
    for (const statement of ERASE) await manager.query(statement, [userIds]);
  }
}

const ERASE = [
  `UPDATE misuse_assessments SET excerpt = NULL, client = NULL
    WHERE user_id = ANY($1::int[]) AND (excerpt IS NOT NULL OR client IS NOT NULL)`,
  `UPDATE misuse_cases
      SET appeal = NULL, answer = NULL, reason = CASE cause WHEN 'manual' THEN 'erased' ELSE reason END,
          evidence = coalesce((SELECT jsonb_agg(item - 'excerpt') FROM jsonb_array_elements(evidence) item), '[]')
    WHERE user_id = ANY($1::int[])
      AND (appeal IS NOT NULL OR answer IS NOT NULL OR (cause = 'manual' AND reason <> 'erased')
           OR jsonb_path_exists(evidence, '$[*].excerpt'))`,
  `UPDATE misuse_events SET details = details - '{note,text,reason,answer}'::text[]
    WHERE user_id = ANY($1::int[]) AND details ?| '{note,text,reason,answer}'::text[]`,
  `UPDATE misuse_alerts SET resolution_notes = NULL
    WHERE user_id = ANY($1::int[]) AND resolution_notes IS NOT NULL`,
];
