import { IsString, Length, MaxLength } from 'class-validator';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';

export class LoginDto {
  /** Username or e-mail address. */
  @IsPlainText()
  @Length(1, 254)
  username: string;

  @IsString()
  @MaxLength(1024)
  password: string;
}
