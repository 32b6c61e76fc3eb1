import { Injectable } from '@nestjs/common';
import { isUUID } from 'class-validator';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../../../common/actor.js';
import { conflict, notFound } from '../../../common/errors/errors.js';
import { AuditService } from '../../audit/audit.service.js';
import { normaliseEmail } from '../../users/identity.js';
import { DEFAULT_INVITATION_DAYS, generateInvitationToken, hashInvitationToken } from './invitation.js';
import type { Invitation } from './invitation.js';

const INVITATION = `
  SELECT i.public_id AS id, i.email, creator.public_id AS "createdBy", taker.public_id AS "acceptedBy",
         i.created_at AS "createdAt", i.expires_at AS "expiresAt", i.accepted_at AS "acceptedAt",
         i.revoked_at AS "revokedAt",
         CASE WHEN i.accepted_at IS NOT NULL THEN 'accepted' WHEN i.revoked_at IS NOT NULL THEN 'revoked'
              WHEN i.expires_at <= now() THEN 'expired' ELSE 'pending' END AS status
    FROM invitations i
    JOIN users creator ON creator.id = i.created_by
    LEFT JOIN users taker ON taker.id = i.accepted_by`;

/** Invitations to open an account: made by administrators, good once, known by the hash of their token. */
@Injectable()
export class InvitationsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
  ) {}

  /** Makes an invitation. The answer is the only place where its token is ever shown. */
  async create(
    wanted: { email?: string; expiresInDays?: number },
    administrator: Actor,
  ): Promise<{ invitation: Invitation; token: string }> {
    const token = generateInvitationToken();
    const hash = hashInvitationToken(token);
    const invitation = await this.dataSource.transaction(async (manager) => {
      await manager.query(
        `INSERT INTO invitations (hash, email, email_normalized, created_by, expires_at)
         VALUES ($1, $2, $3, $4, now() + make_interval(days => $5))`,
        [
          hash,
          wanted.email?.trim() ?? null,
          wanted.email === undefined ? null : normaliseEmail(wanted.email),
          administrator.userId,
          wanted.expiresInDays ?? DEFAULT_INVITATION_DAYS,
        ],
      );
      const made = await this.getWhere('i.hash = $1', hash, manager);
      await this.tell(manager, 'invitation.created', made.id, null, administrator);
      return made;
    });
    return { invitation, token };
  }

  /** Newest first, whatever became of them. */
  async list(page: { skip: number; limit: number }): Promise<Invitation[]> {
    return this.dataSource.query<Invitation[]>(`${INVITATION} ORDER BY i.id DESC LIMIT $1 OFFSET $2`, [
      page.limit,
      page.skip,
    ]);
  }

  /** Withdraws an invitation. Idempotent. Throws 404, and 409 once an account was opened with it. */
  async revoke(id: string, administrator: Actor): Promise<void> {
    if (!isUUID(id)) {
      throw invitationNotFound();
    }
    await this.dataSource.transaction(async (manager) => {
      const [, revoked] = await manager.query<[unknown[], number]>(
        `UPDATE invitations SET revoked_at = now() WHERE public_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL`,
        [id],
      );
      if (revoked === 1) await this.tell(manager, 'invitation.revoked', id, null, administrator);
    });
    const { status } = await this.getWhere('i.public_id = $1', id);
    if (status === 'accepted') {
      throw conflict('The invitation was accepted already', { code: 'invitation_accepted', retryable: false });
    }
  }

  /** The invitation behind a token, as long as it is good; else 404. */
  async getPending(token: string): Promise<Invitation> {
    const invitation = await this.getWhere('i.hash = $1', hashInvitationToken(token));
    if (invitation.status !== 'pending') {
      throw invitationNotFound();
    }
    return invitation;
  }

  /**
   * Uses an invitation up for a new account, in the transaction that opens it. False when it is not good, or not for
   * this address. Of two who come at once, one gets it: the other waits for the row and then finds it used.
   */
  async claim(
    manager: EntityManager,
    token: string,
    user: { id: number; email: string },
    actor: Actor,
  ): Promise<boolean> {
    const [[invitation]] = await manager.query<[{ public_id: string }[], number]>(
      `UPDATE invitations SET accepted_at = now(), accepted_by = $2
        WHERE hash = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > now()
          AND (email_normalized IS NULL OR email_normalized = $3)
        RETURNING public_id`,
      [hashInvitationToken(token), user.id, normaliseEmail(user.email)],
    );
    if (invitation === undefined) {
      return false;
    }
    await this.tell(manager, 'invitation.accepted', invitation.public_id, user.id, actor);
    return true;
  }

  private tell(
    manager: EntityManager,
    action: 'invitation.created' | 'invitation.revoked' | 'invitation.accepted',
    id: string,
    userId: number | null,
    actor: Actor,
  ): Promise<void> {
    return this.audit.record(manager, { actor, action, target: { kind: 'invitation', id, userId } });
  }

  private async getWhere(
    condition: string,
    value: unknown,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<Invitation> {
    const [invitation] = await manager.query<Invitation[]>(`${INVITATION} WHERE ${condition}`, [value]);
    if (invitation === undefined) {
      throw invitationNotFound();
    }
    return invitation;
  }
}

function invitationNotFound(): Error {
  return notFound('Invitation not found', { code: 'invitation_not_found' });
}
