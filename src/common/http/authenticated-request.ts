import type { FastifyRequest } from 'fastify';
import type { Principal } from '../principal.js';

/** A Fastify request behind the authentication guard. Passport's convention names the principal `user`. */
export interface AuthenticatedRequest extends FastifyRequest {
  user: Principal;
}
