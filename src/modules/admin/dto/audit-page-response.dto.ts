import type { AuditRecord } from '../../audit/audit-entry.js';
import { AuditEntryResponseDto } from './audit-entry-response.dto.js';

export class AuditPageResponseDto {
  entries: AuditEntryResponseDto[];
  /** For the next, older page; null when this is the last one. */
  next_cursor: string | null;

  static of(entries: readonly AuditRecord[], limit: number): AuditPageResponseDto {
    const last = entries.length < limit ? undefined : entries.at(-1);
    return {
      entries: entries.map((entry) => AuditEntryResponseDto.of(entry)),
      next_cursor: last ? String(last.id) : null,
    };
  }
}
