export class AccountActionResponseDto {
  message: string;
  user_id: number;
}
