import 'reflect-metadata';
import { parseArgs } from 'node:util';
import type { DataSource } from 'typeorm';
import { SYSTEM } from '../common/actor.js';
import { AuditService } from '../modules/audit/audit.service.js';
import { QuotaResetService } from '../modules/usage/resets/quota-reset.service.js';
import type { QuotaReset, ResetPeriod } from '../modules/usage/resets/quota-reset.service.js';
import { withBooks } from './books.js';
import { runCli } from './run-cli.js';
import { UsageError } from './usage-error.js';

const USAGE = `Usage: npm run quota -- reset --period daily|monthly [--user ID] [--dry-run] [--key KEY]
  Gives a fresh day or month to every account that used its current one, or to one account.
  --dry-run  tells which accounts that would be
  --key      a run counts once: the same key again resets nobody, and is refused with another period or account`;

await runCli(async (args) => {
  const wish = wishOf(args);
  const { user_ids } = await withBooks((dataSource) => resetsOn(dataSource).reset(wish));
  const accounts = user_ids.length === 1 ? '1 account' : `${user_ids.length} accounts`;
  const list = user_ids.length > 0 ? `: ${user_ids.join(', ')}` : '';
  process.stdout.write(`${accounts} ${wish.dryRun ? 'would get' : 'got'} a fresh ${wish.period} window${list}\n`);
  return 0;
});

function resetsOn(dataSource: DataSource): QuotaResetService {
  return new QuotaResetService(dataSource, new AuditService(dataSource));
}

/** @throws UsageError that says how to call the command */
function wishOf(args: string[]): QuotaReset {
  const { positionals, values } = parse(args);
  if (positionals.length !== 1 || positionals[0] !== 'reset') throw new UsageError(USAGE);
  return {
    period: periodOf(values.period),
    userId: userOf(values.user),
    actor: SYSTEM,
    idempotencyKey: values.key ?? null,
    dryRun: values['dry-run'] ?? false,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        period: { type: 'string' },
        user: { type: 'string' },
        key: { type: 'string' },
        'dry-run': { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${USAGE}`);
  }
}

function periodOf(value: string | undefined): ResetPeriod {
  if (value === 'daily' || value === 'monthly') return value;
  throw new UsageError(`--period must be daily or monthly\n${USAGE}`);
}

function userOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^[1-9]\d{0,9}$/.test(value)) return Number(value);
  throw new UsageError(`--user must be the integer id of an account\n${USAGE}`);
}
