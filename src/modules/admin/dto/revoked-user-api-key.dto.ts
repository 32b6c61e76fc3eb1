export class RevokedUserApiKeyDto {
  message: string;
  user_id: number;
  user_name: string | null;
  revoked_at: Date | null;
}
