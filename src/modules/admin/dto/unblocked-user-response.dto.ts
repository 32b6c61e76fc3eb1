export class UnblockedUserResponseDto {
  user_id: number;
  blocked: boolean;
  unblocked_at: Date;
}
