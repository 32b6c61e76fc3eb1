import { Length, Matches } from 'class-validator';
import { USERNAME_PATTERN } from '../../users/identity.js';
import { IsEmailAddress } from '../../users/validation/is-email-address.decorator.js';
import { IsNewPassword } from './is-new-password.decorator.js';

export class RegisterDto {
  /** Letters and digits, and between them spaces and . _ + - as well. Capitals make no difference. */
  @Matches(USERNAME_PATTERN, {
    message: 'username may hold letters, digits, spaces and . _ + -, and begins with a letter or digit',
  })
  @Length(3, 50)
  username: string;

  @IsEmailAddress()
  email: string;

  /** 8 to 128 characters. */
  @IsNewPassword()
  password: string;
}
