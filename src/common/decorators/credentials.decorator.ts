import { SetMetadata } from '@nestjs/common';
import type { Principal } from '../principal.js';

export const ACCEPTED_CREDENTIALS = 'gatehouse:credentials';

/** Which kinds of credential a route takes. Without it a route takes a JWT only. */
export const Credentials = (...kinds: Principal['kind'][]) => SetMetadata(ACCEPTED_CREDENTIALS, kinds);
