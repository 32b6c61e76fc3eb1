import { IsString, MaxLength } from 'class-validator';
import { IgnoresUnknownFields } from '../../../common/decorators/ignores-unknown-fields.decorator.js';
import { IsNewPassword } from './is-new-password.decorator.js';

@IgnoresUnknownFields()
export class ChangePasswordDto {
  @IsString()
  @MaxLength(1024)
  current_password: string;

  /** 8 to 128 characters. */
  @IsNewPassword()
  new_password: string;
}
