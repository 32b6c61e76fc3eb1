import { IsEmailAddress } from '../../users/validation/is-email-address.decorator.js';
import { IsNewPassword } from './is-new-password.decorator.js';

export class WorkerRegisterDto {
  @IsEmailAddress()
  email: string;

  /** 8 to 128 characters. */
  @IsNewPassword()
  password: string;
}
