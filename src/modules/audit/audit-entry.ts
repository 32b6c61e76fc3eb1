import type { Actor } from '../../common/actor.js';

/** What can be told of in the audit log. */
export const AUDIT_ACTIONS = [
  'account.created',
  'account.changed',
  'account.limits_changed',
  'account.time_zone_changed',
  'account.role_changed',
  'account.blocked',
  'account.unblocked',
  'account.deactivated',
  'account.reactivated',
  'account.password_changed',
  'account.google_linked',
  'account.sessions_revoked',
  'account.exported',
  'account.erased',
  'account.contents_chosen',
  'key.created',
  'key.changed',
  'key.rotated',
  'key.revoked',
  'key.deleted',
  'invitation.created',
  'invitation.revoked',
  'invitation.accepted',
  'task.created',
  'task.changed',
  'assignment.created',
  'assignment.changed',
  'misuse.scores_reset',
  'misuse.evidence_excluded',
  'misuse.block_confirmed',
  'misuse.block_upheld',
  'misuse.calibration_exported',
  'misuse.exemption_changed',
  'alert.closed',
  'key.limits_changed',
  'task.limits_changed',
  'account.credited',
  'quotas.reset',
  'installation.frozen',
  'installation.thawed',
  'installation.limits_changed',
  'webhook.redriven',
  'ledger.repriced',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** What a change was made to. */
export interface AuditTarget {
  readonly kind:
    'user' | 'api_key' | 'invitation' | 'task' | 'assignment' | 'alert' | 'webhook_delivery' | 'installation';
  /** Integer id of an account, a task, an assignment, an alert or a delivery; UUID of a key or an invitation. */
  readonly id: string;
  /** The account concerned: itself, the key's owner; null when there is none yet. */
  readonly userId: number | null;
}

/** One change. `details` never holds a secret, a name or an address of a person. */
export interface AuditEntry {
  readonly actor: Actor;
  readonly action: AuditAction;
  readonly target: AuditTarget;
  readonly details?: Record<string, unknown>;
}

/** An entry as it is read back. */
export interface AuditRecord {
  readonly id: number;
  readonly at: Date;
  readonly actorKind: Actor['kind'];
  readonly actorUserId: number | null;
  readonly action: string;
  readonly targetKind: AuditTarget['kind'];
  readonly targetId: string;
  readonly targetUserId: number | null;
  readonly address: string | null;
  readonly requestId: string | null;
  readonly details: Record<string, unknown>;
}

export function accountTarget(userId: number): AuditTarget {
  return { kind: 'user', id: String(userId), userId };
}

/** There is one. */
export const INSTALLATION: AuditTarget = { kind: 'installation', id: '1', userId: null };
