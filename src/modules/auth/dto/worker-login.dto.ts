import { IsString, Length, MaxLength } from 'class-validator';
import { IgnoresUnknownFields } from '../../../common/decorators/ignores-unknown-fields.decorator.js';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';

@IgnoresUnknownFields()
export class WorkerLoginDto {
  @IsPlainText()
  @Length(1, 254)
  email: string;

  @IsString()
  @MaxLength(1024)
  password: string;
}
