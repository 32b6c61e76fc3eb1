import { Injectable } from '@nestjs/common';
import { AddressList } from '../../common/http/address-list.js';
import type { KeyScope } from '../../common/key-scopes.js';
import { HotDatabase } from '../../database/hot-database.js';
import type { AccountStanding, CredentialFacts, KeyStanding } from '../users/principals/credential-facts.js';

const ACCOUNT_COLUMNS = `u.id AS user_id, u.public_id, u.email, u.role, u.is_active, u.is_blocked, u.blocked_reason,
  u.case_id, u.deleted_at IS NOT NULL AS is_deleted, u.session_epoch`;

/** Both hashes are indexed: the key's own, and the one before its last rotation. */
const BY_KEY = {
  name: 'principal-by-key',
  text: `SELECT ${ACCOUNT_COLUMNS}, k.id AS key_id, k.is_active AS key_is_active, k.expires_at,
                (k.revoked_at IS NOT NULL OR k.deleted_at IS NOT NULL) AS key_is_revoked,
                CASE WHEN k.hash <> $1 THEN k.previous_hash_expires_at END AS secret_expires_at,
                k.scopes, k.allowed_models, k.ip_allow_list
           FROM api_keys k JOIN users u ON u.id = k.user_id
          WHERE k.hash = $1 OR k.previous_hash = $1`,
};

/** A session is open while it exists and none of its refresh tokens was revoked. */
const BY_SESSION = {
  name: 'principal-by-session',
  text: `SELECT ${ACCOUNT_COLUMNS},
                COALESCE((SELECT bool_and(t.revoked_at IS NULL) FROM refresh_tokens t
                           WHERE t.family_id = $2 AND t.user_id = u.id), false) AS session_open
           FROM users u
          WHERE u.public_id = $1`,
};

interface AccountRow {
  user_id: number;
  public_id: string;
  email: string;
  role: AccountStanding['role'];
  is_active: boolean;
  is_blocked: boolean;
  blocked_reason: string | null;
  case_id: string | null;
  is_deleted: boolean;
  session_epoch: number;
}

interface KeyRow extends AccountRow {
  key_id: number;
  key_is_active: boolean;
  key_is_revoked: boolean;
  expires_at: Date | null;
  secret_expires_at: Date | null;
  scopes: KeyScope[] | null;
  allowed_models: string[] | null;
  ip_allow_list: string[] | null;
}

interface SessionRow extends AccountRow {
  session_open: boolean;
}

/** Reads the facts of a credential: one indexed statement each. Throws 503 when the database cannot be asked. */
@Injectable()
export class PrincipalLookup {
  constructor(private readonly database: HotDatabase) {}

  /** @param hash SHA-256 of the key */
  async byKey(hash: Buffer): Promise<CredentialFacts | null> {
    const [row] = await this.database.query<KeyRow>(BY_KEY, [hash]);
    if (row === undefined) {
      return null;
    }
    return {
      account: accountOf(row),
      key: keyOf(row),
      sessionOpen: false,
    };
  }

  async bySession(userPublicId: string, sessionId: string): Promise<CredentialFacts | null> {
    const [row] = await this.database.query<SessionRow>(BY_SESSION, [userPublicId, sessionId]);
    return row === undefined ? null : { account: accountOf(row), key: null, sessionOpen: row.session_open };
  }
}

function keyOf(row: KeyRow): KeyStanding {
  return {
    id: row.key_id,
    isActive: row.key_is_active,
    isRevoked: row.key_is_revoked,
    expiresAt: row.expires_at,
    secretExpiresAt: row.secret_expires_at,
    scopes: row.scopes,
    allowedModels: row.allowed_models,
    allowedAddresses: row.ip_allow_list === null ? null : new AddressList(row.ip_allow_list),
  };
}

function accountOf(row: AccountRow): AccountStanding {
  return {
    userId: row.user_id,
    userPublicId: row.public_id,
    email: row.email,
    role: row.role,
    isActive: row.is_active,
    isBlocked: row.is_blocked,
    blockedReason: row.blocked_reason,
    caseId: row.case_id,
    isDeleted: row.is_deleted,
    sessionEpoch: row.session_epoch,
  };
}
