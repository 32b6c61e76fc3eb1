import { SetMetadata } from '@nestjs/common';

export const ALLOWS_BLOCKED = 'gatehouse:allows-blocked';

/** Lets blocked accounts in too, for what they need to get unblocked. Their credentials must be good all the same. */
export const AllowBlocked = () => SetMetadata(ALLOWS_BLOCKED, true);
