/** What the benchmarks of the books share: calls as admission and settlement see them, on the statements that the server uses. */
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { ADMIT, admitParameters } from '../dist/src/modules/usage/admission/admit.statement.js';
import { SETTLE, settleParameters } from '../dist/src/modules/usage/settlement/settle.statement.js';

const PRICE = {
  version: 'bench',
  inputNanoUsdPerToken: 150,
  cachedInputNanoUsdPerToken: 75,
  outputNanoUsdPerToken: 600,
};

export function openPool(size) {
  return new pg.Pool({ connectionString: process.env.DATABASE_URL, max: size });
}

/** Accounts with limits of every kind; resolves with their ids. */
export async function openAccounts(pool, count) {
  const { rows } = await pool.query(
    `WITH made AS (
       INSERT INTO users (email, email_normalized, origin)
       SELECT e, e, 'self' FROM (SELECT gen_random_uuid() || '@bench.test' AS e FROM generate_series(1, $1)) x RETURNING id)
     INSERT INTO quota_accounts (user_id, requests_per_hour, tokens_per_day, tokens_per_month, lifetime_tokens, cost_per_day_nano_usd)
     SELECT id, 1000000000, 1000000000000, 1000000000000, 1000000000000, 1000000000000000 FROM made RETURNING user_id AS id`,
    [count],
  );
  return rows.map(({ id }) => id);
}

/** One call: admitted, then settled. Answers what each took, in ms. */
export async function call(pool, userId) {
  const request = {
    requestId: uuidv7(),
    userId,
    apiKeyId: null,
    taskId: null,
    endpoint: '/v1/chat/completions',
    model: 'gpt-4o-mini',
    provider: 'openai',
    promptTokensReserved: 500,
    promptTokensCounted: 125,
    completionTokensWanted: 400,
    choices: 1,
    price: PRICE,
  };
  const started = performance.now();
  const { rows } = await pool.query({ ...ADMIT, values: admitParameters([request], 1_000_000, 60) });
  const admitted = performance.now();
  if (rows[0].outcome !== 'admitted') throw new Error(`not admitted: ${rows[0].outcome}`);
  const settlement = {
    status: 'completed',
    usage: { promptTokens: 130, completionTokens: 210, cachedPromptTokens: 0, reasoningTokens: 0 },
    usageSource: 'upstream',
    provider: 'openai',
    upstreamModel: 'gpt-4o-mini',
    price: PRICE,
    streamed: false,
    httpStatus: 200,
    errorCode: null,
    latencyMs: 900,
    timeToFirstTokenMs: null,
  };
  await pool.query({
    ...SETTLE,
    values: settleParameters([{ hold: { request, windowIds: rows[0].window_ids }, settlement }]),
  });
  return { admitMs: admitted - started, settleMs: performance.now() - admitted };
}

/** `p50 1.2  p95 …` of times in ms. */
export function spread(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(2);
  return `p50 ${at(0.5)}  p95 ${at(0.95)}  p99 ${at(0.99)}  longest ${at(1)} ms`;
}
