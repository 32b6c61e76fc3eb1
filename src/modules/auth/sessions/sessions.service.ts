import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../../../common/actor.js';
import { unauthenticated } from '../../../common/errors/errors.js';
import { accountTarget } from '../../audit/audit-entry.js';
import { AuditService } from '../../audit/audit.service.js';
import { assertGoodStanding } from '../../users/principals/account-standing.js';
import { PrincipalChanges } from '../../users/principals/principal-changes.service.js';
import type { UserAccount } from '../../users/user-account.js';
import { UsersService } from '../../users/users.service.js';
import { ACCESS_TOKEN_SECONDS } from '../access-claims.js';
import type { AccessClaims } from '../access-claims.js';
import { generateRefreshToken, hashRefreshToken } from './refresh-token.js';
import type { SessionTokensDto } from '../dto/session-tokens.dto.js';

const REFRESH_TOKEN_DAYS = 30;
/**
 * Used and revoked tokens stay until every token of their family has expired too: they are how a second use is
 * noticed, and how a family is known to be revoked.
 */
const KEPT_DAYS_AFTER_EXPIRY = REFRESH_TOKEN_DAYS + 1;

interface ClaimedToken {
  user_id: number;
  family_id: string;
}

/** Sessions: begun by a login, prolonged by refresh tokens that work once, ended by logging out or by a token's second use. */
@Injectable()
export class SessionsService {
  private readonly logger = new Logger(SessionsService.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly jwt: JwtService,
    private readonly users: UsersService,
    private readonly changes: PrincipalChanges,
    private readonly audit: AuditService,
  ) {}

  /** Begins a session for somebody who has just proved who they are. */
  async begin(user: UserAccount): Promise<SessionTokensDto> {
    const sessionId = randomUUID();
    const refreshToken = await this.addToken(this.dataSource.manager, user, sessionId);
    await this.dataSource.query(
      `DELETE FROM refresh_tokens WHERE user_id = $1 AND expires_at < now() - make_interval(days => $2)`,
      [user.id, KEPT_DAYS_AFTER_EXPIRY],
    );
    return this.tokens(user, sessionId, refreshToken);
  }

  /**
   * Uses up a refresh token and makes its successor. Throws 401 for one that is unknown, expired or revoked; a second
   * use is a 401 too and ends the whole session, since one of the two users stole it. Throws 403 for a shut-out account.
   */
  async refresh(refreshToken: string): Promise<SessionTokensDto> {
    const hash = hashRefreshToken(refreshToken);
    const renewed = await this.dataSource.transaction(async (manager) => {
      const claimed = await this.claim(manager, hash);
      if (claimed === null) {
        return null;
      }
      const user = await this.users.getById(claimed.user_id, manager);
      assertGoodStanding({ ...user, isDeleted: false });
      return this.tokens(user, claimed.family_id, await this.addToken(manager, user, claimed.family_id));
    });
    if (renewed === null) {
      await this.endFamilyOfUsedToken(hash);
      throw unauthenticated('Invalid refresh token', { code: 'invalid_token' });
    }
    return renewed;
  }

  /** Ends a session: its refresh tokens and its access tokens, on every replica. Idempotent. */
  async end(userId: number, sessionId: string): Promise<void> {
    await this.changes.commit({ userId }, async (manager) => {
      await manager.query(
        `UPDATE refresh_tokens SET revoked_at = now()
          WHERE user_id = $1 AND family_id = $2 AND revoked_at IS NULL`,
        [userId, sessionId],
      );
    });
  }

  /** Ends every session of the account, on every replica. */
  async endAll(userId: number, actor: Actor): Promise<void> {
    await this.changes.commit({ userId }, async (manager) => {
      await this.users.endSessions(userId, manager);
      await this.audit.record(manager, { actor, action: 'account.sessions_revoked', target: accountTarget(userId) });
    });
  }

  /** Marks a token used, unless it was used before: of two who come at once, one gets it. */
  private async claim(manager: EntityManager, hash: Buffer): Promise<ClaimedToken | null> {
    const [rows] = await manager.query<[ClaimedToken[], number]>(
      `UPDATE refresh_tokens t SET used_at = now()
         FROM users u
        WHERE t.hash = $1 AND t.used_at IS NULL AND t.expires_at > now()
          AND u.id = t.user_id AND u.session_epoch = t.session_epoch AND u.deleted_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM refresh_tokens f
                           WHERE f.user_id = t.user_id AND f.family_id = t.family_id AND f.revoked_at IS NOT NULL)
        RETURNING t.user_id, t.family_id`,
      [hash],
    );
    return rows[0] ?? null;
  }

  private async endFamilyOfUsedToken(hash: Buffer): Promise<void> {
    const [token] = await this.dataSource.query<{ user_id: number; family_id: string }[]>(
      'SELECT user_id, family_id FROM refresh_tokens WHERE hash = $1 AND used_at IS NOT NULL AND revoked_at IS NULL',
      [hash],
    );
    if (token !== undefined) {
      this.logger.warn({ userId: token.user_id }, 'a refresh token was used twice; its session is ended');
      await this.end(token.user_id, token.family_id);
    }
  }

  private async addToken(manager: EntityManager, user: UserAccount, familyId: string): Promise<string> {
    const token = generateRefreshToken();
    await manager.query(
      `INSERT INTO refresh_tokens (user_id, family_id, hash, session_epoch, expires_at)
       VALUES ($1, $2, $3, $4, now() + make_interval(days => $5))`,
      [user.id, familyId, hashRefreshToken(token), user.sessionEpoch, REFRESH_TOKEN_DAYS],
    );
    return token;
  }

  private async tokens(user: UserAccount, sessionId: string, refreshToken: string): Promise<SessionTokensDto> {
    const claims: AccessClaims = { sub: user.publicId, typ: 'access', epoch: user.sessionEpoch, sid: sessionId };
    return {
      access_token: await this.jwt.signAsync(claims),
      refresh_token: refreshToken,
      token_type: 'bearer',
      expires_in: ACCESS_TOKEN_SECONDS,
    };
  }
}
