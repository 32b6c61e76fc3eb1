import type { QueryRunner } from 'typeorm';
import { DAYS_OF_EVERYBODY, INTENTS_OF_EVERYBODY } from '../statistics/usage-sources.js';
import { differences, listed, MOST_LISTED } from './discrepancy.js';
import type { Discrepancy } from './discrepancy.js';

interface SumRow {
  total: string;
  label: string;
  found: string[] | null;
  expected: string[] | null;
}

const NUMBERS = ['requests', 'errors', 'prompt tokens', 'completion tokens', 'cached prompt tokens', 'nano-dollars'];
const TOTALS = `
  ARRAY[sum(requests), sum(errors), sum(prompt_tokens), sum(completion_tokens), sum(cached_prompt_tokens),
        sum(cost_nano_usd)]::text[]`;
const INTENT_NUMBERS = ['requests', 'tokens', 'nano-dollars'];
const INTENT_TOTALS = 'ARRAY[sum(requests), sum(tokens), sum(cost_nano_usd)]::text[]';

/** Rows of the sums, with what waits to be summed, that the rollups do not add up to. */
function comparison(kept: string, told: string, key: string, totals: string, label: string): string {
  return `
    SELECT count(*) OVER () AS total, found, expected, format('${label}', ${key}) AS label
      FROM (SELECT ${key}, ${totals} AS found FROM ${kept} k GROUP BY ${key}) kept
      FULL JOIN (SELECT ${key}, ${totals} AS expected FROM ${told} t GROUP BY ${key}) told USING (${key})
     WHERE coalesce(found, array_fill('0'::text, ARRAY[cardinality(expected)]))
           <> coalesce(expected, array_fill('0'::text, ARRAY[cardinality(found)]))
     ORDER BY ${key} LIMIT ${MOST_LISTED}`;
}

const MONTHLY = `date_trunc('month', day)::date AS month, user_id, api_key_id, requests, errors, prompt_tokens,
  completion_tokens, cached_prompt_tokens, cost_nano_usd`;
const MONTHS_OF_ACCOUNTS = `(
  SELECT month, user_id, api_key_id, requests, errors, prompt_tokens, completion_tokens, cached_prompt_tokens, cost_nano_usd
    FROM usage_account_sums
  UNION ALL SELECT ${MONTHLY} FROM gatehouse_unsummed_usage())`;

const DAYS = comparison(DAYS_OF_EVERYBODY, 'usage_rollups', 'day, model, task_id', TOTALS, '%s, %s, task %s');
const MONTHS = comparison(
  MONTHS_OF_ACCOUNTS,
  `(SELECT ${MONTHLY} FROM usage_rollups)`,
  'month, user_id, api_key_id',
  TOTALS,
  'the month from %s, account %s, key %s',
);
const INTENTS = comparison(
  INTENTS_OF_EVERYBODY,
  'usage_intents',
  'day, model, intent, guard_intent',
  INTENT_TOTALS,
  '%s, %s, %s (%s)',
);

/** Sums of days and months against the rollups, which outlive retention: no day is left out. */
export async function checkSums(db: QueryRunner): Promise<Discrepancy[]> {
  const days = await (db.query(DAYS) as Promise<SumRow[]>);
  const months = await (db.query(MONTHS) as Promise<SumRow[]>);
  const intents = await (db.query(INTENTS) as Promise<SumRow[]>);
  return [
    ...listed('sums', totalOf(days), days.map(describer('sum', NUMBERS))),
    ...listed('sums', totalOf(months), months.map(describer('sum', NUMBERS))),
    ...listed('sums', totalOf(intents), intents.map(describer('sum of intents', INTENT_NUMBERS))),
  ];
}

function totalOf(rows: SumRow[]): number {
  return Number(rows[0]?.total ?? 0);
}

function describer(what: string, names: string[]): (row: SumRow) => string {
  return ({ label, found, expected }) => {
    const pairs = names.map((name, index) => [name, [found?.[index] ?? '0', expected?.[index] ?? '0']] as const);
    return `${what} of ${label}: ${differences(Object.fromEntries(pairs))}`;
  };
}
