import type { PreparedStatement } from '../../../database/hot-database.js';

export interface CachedAnswerRow {
  provider: string;
  upstream_model: string;
  body: Buffer;
}

export const FIND_ANSWER: PreparedStatement = {
  name: 'gatehouse_find_answer',
  text: `SELECT provider, upstream_model, body FROM cached_answers
          WHERE user_id = $1 AND question_hash = $2 AND expires_at > clock_timestamp()`,
};

export const CACHE_ANSWER: PreparedStatement = {
  name: 'gatehouse_cache_answer',
  text: 'SELECT gatehouse_cache_answer($1::int, $2::bytea, $3, $4, $5::bytea, $6::int, $7::bigint)',
};

export const PURGE_ANSWERS = 'DELETE FROM cached_answers WHERE expires_at < now()';
