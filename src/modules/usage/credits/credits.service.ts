import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../../../common/actor.js';
import { invalidRequest, notFound, unprocessable } from '../../../common/errors/errors.js';
import type { BalanceEntry } from './balance-entry.dto.js';
import type { CreditResult } from './credit-result.dto.js';
import { accountTarget } from '../../audit/audit-entry.js';
import { AuditService } from '../../audit/audit.service.js';

export type CreditKind = 'top_up' | 'grant' | 'correction';

export interface Credit {
  readonly userId: number;
  readonly kind: CreditKind;
  /** Tokens to add; only a correction may take some away. */
  readonly tokens: number;
  readonly reason: string;
  readonly actor: Actor;
  /** The same key a second time answers with the first entry. */
  readonly idempotencyKey: string | null;
}

interface EntryRow extends Omit<BalanceEntry, 'tokens'> {
  readonly tokens: string;
}

const ENTRY_COLUMNS = 'id, kind, tokens, reason, author_user_id, created_at';

/** Tokens for life that accounts are given. Each grant is an entry of its own; the balance is their sum. */
@Injectable()
export class CreditsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
  ) {}

  /**
   * Adds an entry and raises the account's balance by it, under the account's lock.
   * @throws DomainError `not_found`; `invalid_request` for an account without a balance or below zero; `unprocessable`
   *   for 0 tokens, or when the idempotency key was used for something else
   */
  async credit(credit: Credit): Promise<CreditResult> {
    if (credit.tokens === 0) {
      throw unprocessable('tokens must not be 0: that would be an entry of nothing', { param: 'tokens' });
    }
    if (credit.tokens < 0 && credit.kind !== 'correction') {
      throw invalidRequest('tokens must be positive: only a correction takes tokens away', { param: 'tokens' });
    }
    return this.dataSource.transaction(async (manager) => {
      const balance = await this.lockBalance(manager, credit.userId);
      const earlier = await this.earlierEntry(manager, credit);
      if (earlier !== undefined) return { entry: earlier, lifetime_tokens: balance };
      if (balance + credit.tokens < 0) {
        throw invalidRequest(`tokens would leave the account with ${balance + credit.tokens} tokens for life`, {
          param: 'tokens',
        });
      }
      const entry = await this.enter(manager, credit);
      await manager.query(
        'UPDATE quota_accounts SET lifetime_tokens = lifetime_tokens + $2, updated_at = now() WHERE user_id = $1',
        [credit.userId, credit.tokens],
      );
      const { actor, userId, kind, tokens } = credit;
      const details = { kind, tokens, reason: credit.reason, entry: entry.id };
      await this.audit.record(manager, { actor, action: 'account.credited', target: accountTarget(userId), details });
      return { entry, lifetime_tokens: balance + credit.tokens };
    });
  }

  /**
   * Enters the correction that leads to a balance of so many tokens, which the caller sets in the same transaction. Nothing
   * when the entries already add up to it.
   */
  async enterCorrectionTo(manager: EntityManager, userId: number, balance: number, actor: Actor): Promise<void> {
    await manager.query('SELECT 1 FROM quota_accounts WHERE user_id = $1 FOR UPDATE', [userId]);
    await manager.query(
      `INSERT INTO balance_entries (user_id, kind, tokens, reason, author_user_id)
       SELECT $1, 'correction', $2 - given.tokens, 'the balance was set', $3
         FROM (SELECT coalesce(sum(tokens), 0)::bigint AS tokens FROM balance_entries WHERE user_id = $1) given
        WHERE given.tokens <> $2`,
      [userId, balance, actor.userId],
    );
  }

  /** The account's entries, newest first. */
  async list(userId: number, page: { limit: number; skip: number }): Promise<BalanceEntry[]> {
    const rows = await this.dataSource.query<EntryRow[]>(
      `SELECT ${ENTRY_COLUMNS} FROM balance_entries WHERE user_id = $1 ORDER BY created_at DESC, id LIMIT $2 OFFSET $3`,
      [userId, page.limit, page.skip],
    );
    return rows.map(entryOf);
  }

  private async lockBalance(manager: EntityManager, userId: number): Promise<number> {
    const [account] = await manager.query<{ lifetime_tokens: string | null }[]>(
      'SELECT lifetime_tokens FROM quota_accounts WHERE user_id = $1 FOR UPDATE',
      [userId],
    );
    if (account === undefined) throw notFound('User not found', { code: 'user_not_found' });
    if (account.lifetime_tokens === null) {
      throw invalidRequest('This account has no token balance: its tokens for life are unlimited', {
        code: 'unlimited_balance',
      });
    }
    return Number(account.lifetime_tokens);
  }

  private async earlierEntry(manager: EntityManager, credit: Credit): Promise<BalanceEntry | undefined> {
    if (credit.idempotencyKey === null) return undefined;
    const [row] = await manager.query<EntryRow[]>(
      `SELECT ${ENTRY_COLUMNS} FROM balance_entries WHERE user_id = $1 AND idempotency_key = $2`,
      [credit.userId, credit.idempotencyKey],
    );
    if (row === undefined) return undefined;
    const entry = entryOf(row);
    if (entry.kind !== credit.kind || entry.tokens !== credit.tokens || entry.reason !== credit.reason) {
      throw unprocessable('This Idempotency-Key was used for another entry', { code: 'idempotency_key_reused' });
    }
    return entry;
  }

  private async enter(manager: EntityManager, credit: Credit): Promise<BalanceEntry> {
    const [row] = await manager.query<EntryRow[]>(
      `INSERT INTO balance_entries (user_id, kind, tokens, reason, author_user_id, idempotency_key)
       VALUES ($1, $2, $3, $4, $5, $6) RETURNING ${ENTRY_COLUMNS}`,
      [credit.userId, credit.kind, credit.tokens, credit.reason, credit.actor.userId, credit.idempotencyKey],
    );
    if (row === undefined) throw new Error('an insert returned no row');
    return entryOf(row);
  }
}

function entryOf(row: EntryRow): BalanceEntry {
  return { ...row, tokens: Number(row.tokens) };
}
