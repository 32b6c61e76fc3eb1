/** Who makes a change, and from where, for the audit log. Made by a controller, passed down as a plain value. */
export interface Actor {
  /** `system`: the gateway itself; `anonymous`: somebody without credentials. */
  readonly kind: 'user' | 'admin' | 'system' | 'anonymous';
  /** Integer id of the account; null for `system` and `anonymous`. */
  readonly userId: number | null;
  /** Peer address; null when no request caused the change. */
  readonly address: string | null;
  /** The id of the request as its `x-request-id` and the log tell it. */
  readonly requestId: string | null;
}

/** The gateway acting by itself. */
export const SYSTEM: Actor = { kind: 'system', userId: null, address: null, requestId: null };
