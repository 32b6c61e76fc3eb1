import { isUUID } from 'class-validator';
import { invalidRequest } from '../../../common/errors/errors.js';

/** The last call of a page: the next page goes on behind it. */
export interface LedgerCursor {
  readonly admittedAt: Date;
  readonly requestId: string;
}

/** Opaque to clients. */
export function encodeCursor({ admittedAt, requestId }: LedgerCursor): string {
  return Buffer.from(`${admittedAt.getTime()} ${requestId}`).toString('base64url');
}

/** @throws DomainError `invalid_request` for anything that `encodeCursor` did not make */
export function decodeCursor(cursor: string): LedgerCursor {
  const [milliseconds = '', requestId = ''] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const admittedAt = new Date(/^\d{1,14}$/.test(milliseconds) ? Number(milliseconds) : NaN);
  if (Number.isNaN(admittedAt.getTime()) || !isUUID(requestId)) {
    throw invalidRequest('cursor must be one that an earlier answer gave', { param: 'cursor' });
  }
  return { admittedAt, requestId };
}
