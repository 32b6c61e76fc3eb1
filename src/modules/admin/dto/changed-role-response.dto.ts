export class ChangedRoleResponseDto {
  message: string;
  user_id: number;
  new_role: string;
}
