import type { AuditRecord } from '../../audit/audit-entry.js';

export class AuditEntryResponseDto {
  id: number;
  at: Date;
  /** Integer id of the account that did it; null for the gateway itself, and for somebody without credentials. */
  actor: number | null;
  /** user, admin, system or anonymous. */
  actor_kind: string;
  action: string;
  /** user, api_key or invitation. */
  target_kind: string;
  /** Integer id of an account, UUID of a key or an invitation. */
  target: string;
  /** Integer id of the account concerned. */
  target_user: number | null;
  address: string | null;
  request_id: string | null;
  details: Record<string, unknown>;

  static of(entry: AuditRecord): AuditEntryResponseDto {
    return {
      id: entry.id,
      at: entry.at,
      actor: entry.actorUserId,
      actor_kind: entry.actorKind,
      action: entry.action,
      target_kind: entry.targetKind,
      target: entry.targetId,
      target_user: entry.targetUserId,
      address: entry.address,
      request_id: entry.requestId,
      details: entry.details,
    };
  }
}
