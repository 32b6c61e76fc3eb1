import { IsString, Length, MaxLength } from 'class-validator';
import { IgnoresUnknownFields } from '../../../common/decorators/ignores-unknown-fields.decorator.js';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';

@IgnoresUnknownFields()
export class LoginDto {
  /** Username or e-mail address. */
  @IsPlainText()
  @Length(1, 254)
  username: string;

  @IsString()
  @MaxLength(1024)
  password: string;
}
