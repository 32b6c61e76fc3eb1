import { Length } from 'class-validator';
import { IgnoresUnknownFields } from '../../../common/decorators/ignores-unknown-fields.decorator.js';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';

@IgnoresUnknownFields()
export class CreateWorkerApiKeyDto {
  /** What the key is for. */
  @IsPlainText()
  @Length(1, 255)
  name: string;
}
