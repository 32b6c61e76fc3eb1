import type { Principal } from '../../common/principal.js';

/** The principal of an access token, with the session that it belongs to. */
export interface SessionPrincipal extends Principal {
  readonly kind: 'jwt';
  /** UUID: the family of the session's refresh tokens. */
  readonly sessionId: string;
}
