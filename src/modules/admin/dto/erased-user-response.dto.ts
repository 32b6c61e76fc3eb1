export class ErasedUserResponseDto {
  user_id: number;
  /** What the account is called in the books from now on. */
  pseudonym: string;
  /** Prompts and answers that were deleted. */
  contents_deleted: number;
  /** Keys that ended. */
  keys_revoked: number;
}
