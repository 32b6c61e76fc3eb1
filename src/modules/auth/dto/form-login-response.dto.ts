import { LoggedInUserDto } from './logged-in-user.dto.js';
import { SessionTokensDto } from './session-tokens.dto.js';

export class FormLoginResponseDto extends SessionTokensDto {
  user: LoggedInUserDto;
}
