import type { QueryRunner } from 'typeorm';
import { differences, listed, MOST_LISTED } from './discrepancy.js';
import type { Discrepancy } from './discrepancy.js';

interface RollupRow {
  total: string;
  label: string;
  found: string[] | null;
  expected: string[] | null;
}

const KEY = 'user_id, day, api_key_id, task_id, model, endpoint, status';
const KEY_OF_LEDGER = `
  l.user_id, (l.admitted_at AT TIME ZONE 'UTC')::date AS day, coalesce(l.api_key_id, 0) AS api_key_id,
  coalesce(l.task_id, 0) AS task_id, l.model, l.endpoint, l.status`;

const ROLLUPS = `
  WITH told AS (
    SELECT ${KEY}, ARRAY[sum(requests), sum(errors), sum(prompt), sum(completion), sum(cached), sum(reasoning),
                         sum(cost)]::text[] AS expected
      FROM (SELECT ${KEY_OF_LEDGER}, 1 AS requests,
                   CASE WHEN l.status IN ('completed', 'client_aborted') THEN 0 ELSE 1 END AS errors,
                   l.prompt_tokens AS prompt, l.completion_tokens AS completion, l.cached_prompt_tokens AS cached,
                   l.reasoning_tokens AS reasoning, l.cost_nano_usd AS cost
              FROM ledger l
            UNION ALL
            SELECT ${KEY_OF_LEDGER}, 0, 0, c.prompt_tokens, c.completion_tokens, c.cached_prompt_tokens,
                   c.reasoning_tokens, c.cost_nano_usd
              FROM ledger_corrections c
              JOIN ledger l ON l.user_id = c.user_id AND l.request_id = c.request_id
                           AND l.admitted_at = gatehouse_request_time(c.request_id)) e
     GROUP BY ${KEY}
  ), kept AS (
    SELECT ${KEY}, ARRAY[requests, errors, prompt_tokens, completion_tokens, cached_prompt_tokens, reasoning_tokens,
                         cost_nano_usd]::text[] AS found
      FROM usage_rollups
  )
  SELECT count(*) OVER () AS total, found, expected,
         format('account %s, %s, key %s, task %s, %s, %s, %s', ${KEY}) AS label
    FROM kept FULL JOIN told USING (${KEY})
   WHERE coalesce(found, '{0,0,0,0,0,0,0}') <> coalesce(expected, '{0,0,0,0,0,0,0}')
     AND day >= ($1::timestamptz AT TIME ZONE 'UTC')::date
   ORDER BY ${KEY} LIMIT ${MOST_LISTED}`;

const INTENT_KEY = 'user_id, day, api_key_id, model, intent, guard_intent';
const INTENTS = `
  WITH told AS (
    SELECT user_id, (admitted_at AT TIME ZONE 'UTC')::date AS day, coalesce(api_key_id, 0) AS api_key_id, model, intent,
           coalesce(guard_intent, '') AS guard_intent,
           ARRAY[count(*), sum(total_tokens), sum(cost_nano_usd)]::text[] AS expected
      FROM ledger WHERE intent IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6
  ), kept AS (
    SELECT ${INTENT_KEY}, ARRAY[requests, tokens, cost_nano_usd]::text[] AS found FROM usage_intents
  )
  SELECT count(*) OVER () AS total, found, expected, format('account %s, %s, key %s, %s, %s (%s)', ${INTENT_KEY}) AS label
    FROM kept FULL JOIN told USING (${INTENT_KEY})
   WHERE coalesce(found, '{0,0,0}') <> coalesce(expected, '{0,0,0}')
     AND day >= ($1::timestamptz AT TIME ZONE 'UTC')::date
   ORDER BY ${INTENT_KEY} LIMIT ${MOST_LISTED}`;

/** Daily totals against the entries. Those of days before `horizon` are all that retention left. */
export async function checkRollups(db: QueryRunner, horizon: Date): Promise<Discrepancy[]> {
  const names = [
    'requests',
    'errors',
    'prompt tokens',
    'completion tokens',
    'cached prompt tokens',
    'reasoning tokens',
  ];
  const rollups = await (db.query(ROLLUPS, [horizon]) as Promise<RollupRow[]>);
  const intents = await (db.query(INTENTS, [horizon]) as Promise<RollupRow[]>);
  return [
    ...listed('rollups', totalOf(rollups), rollups.map(describer('rollup', [...names, 'nano-dollars']))),
    ...listed('intents', totalOf(intents), intents.map(describer('intents', ['requests', 'tokens', 'nano-dollars']))),
  ];
}

function totalOf(rows: RollupRow[]): number {
  return Number(rows[0]?.total ?? 0);
}

function describer(what: string, names: string[]): (row: RollupRow) => string {
  return ({ label, found, expected }) => {
    const pairs = names.map((name, index) => [name, [found?.[index] ?? '0', expected?.[index] ?? '0']] as const);
    return `${what} of ${label}: ${differences(Object.fromEntries(pairs))}`;
  };
}
