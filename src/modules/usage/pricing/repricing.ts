import type { DataSource } from 'typeorm';
import { SYSTEM } from '../../../common/actor.js';
import { notFound } from '../../../common/errors/errors.js';
import { INSTALLATION } from '../../audit/audit-entry.js';
import { AuditService } from '../../audit/audit.service.js';
import type { ModelPrice } from './model-price.js';

const CALLS_AT_ONCE = 1_000;

export interface RepricingRequest {
  /** Price version that the calls were billed with. */
  readonly billedVersion: string;
  /** Public name of the model. */
  readonly model: string;
  /** Only calls that this provider answered; undefined: whichever. */
  readonly provider?: string;
  /** Only calls that this model of the provider answered; undefined: whichever. */
  readonly upstreamModel?: string;
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

const CHOSEN = `
  price_version = $1 AND model = $2 AND ($3::text IS NULL OR provider = $3) AND ($4::text IS NULL OR upstream_model = $4)`;
const ANSWERED_BY = `SELECT DISTINCT provider, upstream_model FROM ledger WHERE ${CHOSEN} ORDER BY 1, 2`;
const NEXT_CALLS = `
  SELECT user_id, request_id FROM ledger
   WHERE ${CHOSEN} AND (user_id, request_id) > ($5::int, $6::uuid)
   ORDER BY user_id, request_id LIMIT ${CALLS_AT_ONCE}`;
const ARGUMENTS = '$1::int[], $2::uuid[], $3, $4::numeric, $5::numeric, $6::numeric, $7::numeric, $8::numeric';
const ENTER = `SELECT * FROM gatehouse_reprice(${ARGUMENTS})`;
const TELL = `
  SELECT count(*) AS calls, coalesce(sum(cost_before), 0) AS cost_before, coalesce(sum(cost_after), 0) AS cost_after
    FROM gatehouse_repriced(${ARGUMENTS}) WHERE cost_after <> cost_before`;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** Calls that several targets answered have several right prices. The message says which targets those are. */
export class SeveralTargets extends Error {}

/** There are no calls that could be corrected. */
const noSuchCalls = (model: string, billedVersion: string) =>
  notFound(`No call of ${model} was billed with ${billedVersion}`, { code: 'no_such_calls' });

/**
 * Enters the difference to the right price for every call that was billed at a wrong one, some calls at a time.
 * @throws DomainError `not_found` when there is no such call
 * @throws SeveralTargets when the calls were answered by more than one provider or model of it, as fallbacks are: each may
 *   have a price of its own under the same version
 */
export async function reprice(dataSource: DataSource, request: RepricingRequest): Promise<RepricingResult> {
  const result = await correctAll(dataSource, request);
  if (!request.dryRun && result.calls > 0) await tell(dataSource, request, result);
  return result;
}

async function tell(dataSource: DataSource, request: RepricingRequest, result: RepricingResult): Promise<void> {
  const { billedVersion, model, provider = null, upstreamModel = null, price } = request;
  const details = { model, provider, upstreamModel, from: billedVersion, to: price.version, ...result };
  const entry = { actor: SYSTEM, action: 'ledger.repriced', target: INSTALLATION, details } as const;
  await new AuditService(dataSource).record(dataSource.manager, entry);
}

async function correctAll(dataSource: DataSource, request: RepricingRequest): Promise<RepricingResult> {
  const { billedVersion, model, provider, upstreamModel, price, dryRun } = request;
  const chosen = [billedVersion, model, provider ?? null, upstreamModel ?? null];
  const targets = await targetsOf(dataSource, chosen);
  if (targets.length === 0) throw noSuchCalls(model, billedVersion);
  if (targets.length > 1) throw new SeveralTargets(`these calls were answered by several: ${targets.join(', ')}`);
  const result = { calls: 0, costBeforeNanoUsd: 0, costAfterNanoUsd: 0 };
  let [user, id] = [0, BEFORE_ALL];
  for (;;) {
    const calls: CallKey[] = await dataSource.query<CallKey[]>(NEXT_CALLS, [...chosen, user, id]);
    const last = calls.at(-1);
    if (last === undefined) return result;
    const [sums] = await dataSource.query<Sums[]>(dryRun ? TELL : ENTER, [
      calls.map((call) => call.user_id),
      calls.map((call) => call.request_id),
      price.version,
      price.inputNanoUsdPerToken,
      price.cachedInputNanoUsdPerToken,
      price.outputNanoUsdPerToken,
      price.cacheWrite5mNanoUsdPerToken ?? null,
      price.cacheWrite1hNanoUsdPerToken ?? null,
    ]);
    result.calls += Number(sums?.calls);
    result.costBeforeNanoUsd += Number(sums?.cost_before);
    result.costAfterNanoUsd += Number(sums?.cost_after);
    [user, id] = [last.user_id, last.request_id];
  }
}

/** Who answered the calls, as provider and its model. */
async function targetsOf(dataSource: DataSource, chosen: readonly unknown[]): Promise<string[]> {
  const targets = await dataSource.query<{ provider: string; upstream_model: string }[]>(ANSWERED_BY, [...chosen]);
  return targets.map(({ provider, upstream_model }) => `${provider} ${upstream_model}`);
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
