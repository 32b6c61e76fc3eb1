import { textArray } from '../../../database/postgres-array.js';
import type { PreparedStatement } from '../../../database/hot-database.js';
import type { EndedCall } from './settle.statement.js';

/** One alert for a provider, a model and a UTC day, in the table of `OperatorAlertsService`. */
export const ALERT_REFUSED_USAGE: PreparedStatement = {
  name: 'gatehouse_alert_refused_usage',
  text: `INSERT INTO operator_alerts AS a (kind, dedup_key, severity, detail, occurrences)
         SELECT 'upstream_usage_refused',
                format('upstream_usage_refused:%s:%s:%s', provider, upstream_model, (now() AT TIME ZONE 'UTC')::date), 'warning',
                jsonb_build_object('provider', provider, 'upstream_model', upstream_model, 'request_id', max(request_id)),
                count(*)
           FROM unnest($1::text[], $2::text[], $3::text[]) AS i(provider, upstream_model, request_id)
          GROUP BY provider, upstream_model ORDER BY provider, upstream_model
         ON CONFLICT (dedup_key) DO UPDATE
           SET occurrences = a.occurrences + excluded.occurrences, last_at = clock_timestamp(), detail = excluded.detail`,
};

export function alertParameters(calls: readonly EndedCall[]): unknown[] {
  return [
    textArray(calls.map(({ settlement }) => settlement.provider)),
    textArray(calls.map(({ settlement }) => settlement.upstreamModel)),
    textArray(calls.map(({ hold }) => hold.request.requestId)),
  ];
}
