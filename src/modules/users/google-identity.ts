/** A person as Google vouches for them. */
export interface GoogleIdentity {
  /** Google's id of the person, which never changes and is never given to somebody else. */
  readonly sub: string;
  /** Verified by Google. */
  readonly email: string;
  readonly name: string | null;
  readonly pictureUrl: string | null;
}
