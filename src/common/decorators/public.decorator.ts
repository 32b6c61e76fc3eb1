import { SetMetadata } from '@nestjs/common';

export const PUBLIC_ROUTE = 'gatehouse:public';

/** Opens a route to callers without credentials. Everything else is denied by default. */
export const Public = () => SetMetadata(PUBLIC_ROUTE, true);
