export class BlockedUserResponseDto {
  user_id: number;
  blocked: boolean;
  reason: string | null;
  blocked_at: Date | null;
  /** What the account's owner names when asking about the block. */
  case_id: string | null;
}
