import type { DataSource } from 'typeorm';
import type { ModelPrice } from './model-price.js';

const CALLS_AT_ONCE = 1_000;

export interface RepricingRequest {
  /** Price version that the calls were billed with. */
  readonly billedVersion: string;
  /** Public name of the model. */
  readonly model: string;
  /** The right price. Its version names the corrections: the same one is entered once. */
  readonly price: ModelPrice;
  /** Tells what would be entered, and enters nothing. */
  readonly dryRun: boolean;
}

export interface RepricingResult {
  /** Calls that cost something else at the right price. */
  readonly calls: number;
  readonly costBeforeNanoUsd: number;
  readonly costAfterNanoUsd: number;
}

const NEXT_CALLS = `
  SELECT user_id, request_id FROM ledger
   WHERE price_version = $1 AND model = $2 AND (user_id, request_id) > ($3::int, $4::uuid)
   ORDER BY user_id, request_id LIMIT ${CALLS_AT_ONCE}`;
const ARGUMENTS = '$1::int[], $2::uuid[], $3, $4::numeric, $5::numeric, $6::numeric';
const ENTER = `SELECT * FROM gatehouse_reprice(${ARGUMENTS})`;
const TELL = `
  SELECT count(*) AS calls, coalesce(sum(cost_before), 0) AS cost_before, coalesce(sum(cost_after), 0) AS cost_after
    FROM gatehouse_repriced(${ARGUMENTS}) WHERE cost_after <> cost_before`;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** Enters the difference to the right price for every call that was billed at a wrong one, some calls at a time. */
export async function reprice(dataSource: DataSource, request: RepricingRequest): Promise<RepricingResult> {
  const { billedVersion, model, price, dryRun } = request;
  const result = { calls: 0, costBeforeNanoUsd: 0, costAfterNanoUsd: 0 };
  let [user, id] = [0, BEFORE_ALL];
  for (;;) {
    const parameters = [billedVersion, model, user, id];
    const calls: CallKey[] = await dataSource.query<CallKey[]>(NEXT_CALLS, parameters);
    const last = calls.at(-1);
    if (last === undefined) return result;
    const [sums] = await dataSource.query<Sums[]>(dryRun ? TELL : ENTER, [
      calls.map((call) => call.user_id),
      calls.map((call) => call.request_id),
      price.version,
      price.inputNanoUsdPerToken,
      price.cachedInputNanoUsdPerToken,
      price.outputNanoUsdPerToken,
    ]);
    result.calls += Number(sums?.calls);
    result.costBeforeNanoUsd += Number(sums?.cost_before);
    result.costAfterNanoUsd += Number(sums?.cost_after);
    [user, id] = [last.user_id, last.request_id];
  }
}

interface CallKey {
  readonly user_id: number;
  readonly request_id: string;
}

interface Sums {
  readonly calls: string;
  readonly cost_before: string;
  readonly cost_after: string;
}
