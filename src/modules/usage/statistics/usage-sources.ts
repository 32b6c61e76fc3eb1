import { firstOfLastDays } from './usage-totals.js';

const COUNTED = 'requests, errors, prompt_tokens, completion_tokens, cached_prompt_tokens, cost_nano_usd';
const TAKEN_OFF = COUNTED.split(', ')
  .map((column) => `-${column}`)
  .join(', ');

/** So many days are read from the rollups themselves: more cost less by months. */
const MOST_DAYS_OF_ROLLUPS = 16;

/** What all accounts used, by day, model and task, as a table of SQL. Up to date: what is not summed yet is added. */
export const DAYS_OF_EVERYBODY = `(
  SELECT day, model, task_id, ${COUNTED} FROM usage_day_sums
  UNION ALL SELECT day, model, task_id, ${COUNTED} FROM gatehouse_unsummed_usage())`;

/** The intents of everybody's calls, by day and model. */
export const INTENTS_OF_EVERYBODY = `(
  SELECT day, model, intent, guard_intent, requests, tokens, cost_nano_usd FROM usage_intent_sums
  UNION ALL SELECT day, model, intent, guard_intent, requests, tokens, cost_nano_usd FROM usage_intents_unsummed)`;

/**
 * What accounts used by key in the last days, `days` being the value of the parameter $1, as a table of SQL. The month in which
 * they begin is either left out and its last days are added from the rollups, or it is in and its first days are taken off.
 */
export function accountsOfLastDays(days: number): string {
  const first = firstOfLastDays('$1');
  if (days <= MOST_DAYS_OF_ROLLUPS) {
    return `(SELECT user_id, api_key_id, ${COUNTED} FROM usage_rollups WHERE day >= ${first})`;
  }
  const month = `date_trunc('month', (${first})::timestamp)`;
  const isEarly = `extract(day FROM ${first}) <= ${MOST_DAYS_OF_ROLLUPS}`;
  const whole = `(${month} + CASE WHEN ${isEarly} THEN interval '0' ELSE interval '1 month' END)::date`;
  return `(
    SELECT user_id, api_key_id, ${COUNTED} FROM usage_account_sums WHERE month >= ${whole}
    UNION ALL
    SELECT user_id, api_key_id, ${COUNTED} FROM gatehouse_unsummed_usage() WHERE day >= ${whole}
    UNION ALL
    SELECT user_id, api_key_id, ${TAKEN_OFF} FROM usage_rollups
     WHERE ${isEarly} AND day >= (${month})::date AND day < ${first}
    UNION ALL
    SELECT user_id, api_key_id, ${COUNTED} FROM usage_rollups
     WHERE NOT ${isEarly} AND day >= ${first} AND day < (${month} + interval '1 month')::date)`;
}
