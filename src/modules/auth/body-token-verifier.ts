import type { Principal } from '../../common/principal.js';

/** Says who stands behind the `access_token` in a request's body. */
export abstract class BodyTokenVerifier {
  /** @throws DomainError unauthenticated `Invalid access token`; forbidden for a shut-out account; unavailable */
  abstract verify(token: string): Promise<Principal>;
}
