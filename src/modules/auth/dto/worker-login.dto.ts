import { IsString, Length, MaxLength } from 'class-validator';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';

export class WorkerLoginDto {
  @IsPlainText()
  @Length(1, 254)
  email: string;

  @IsString()
  @MaxLength(1024)
  password: string;
}
