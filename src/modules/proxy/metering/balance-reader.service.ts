import { Inject, Injectable, Logger } from '@nestjs/common';
import { LimitsService } from '../../usage/limits/limits.service.js';
import type { MeteredCall } from './metered-call.js';

interface Window {
  readonly limit: number | null;
  readonly used: number;
}

/** What accounts have left. */
@Injectable()
export class BalanceReader {
  private readonly logger = new Logger(BalanceReader.name);

  constructor(@Inject(LimitsService) private readonly limits: LimitsService) {}

  /**
   * Tokens left after a settled call: of the lifetime balance, else of the tightest period; null when nothing limits the
   * account. Never rejects: when the database cannot be asked, it is what the admission knew, less this call.
   */
  async tokensLeft(call: MeteredCall): Promise<number | null> {
    try {
      const { balance, daily, monthly } = await this.limits.describe(call.hold.request.userId);
      return left(balance, [daily, monthly]);
    } catch (error) {
      this.logger.warn({ err: error, requestId: call.requestId }, 'a balance could not be read');
      const { balance, daily, monthly } = call.hold.quota;
      const { promptTokens, completionTokens } = call.usage();
      const after = ({ limit, spent }: { limit: number | null; spent: number }) => {
        return { limit, used: spent + promptTokens + completionTokens };
      };
      return left(after(balance), [after(daily), after(monthly)]);
    }
  }
}

function left(balance: Window, periods: readonly Window[]): number | null {
  const limiting = balance.limit === null ? periods : [balance];
  const rests = limiting.flatMap(({ limit, used }) => (limit === null ? [] : [Math.max(0, limit - used)]));
  return rests.length === 0 ? null : Math.min(...rests);
}
