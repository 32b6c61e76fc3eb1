import { UserResponseDto } from './user-response.dto.js';

export class CreatedUserResponseDto extends UserResponseDto {
  /** The account's first key: shown now and never again. */
  api_token: string;
}
