import { Length } from 'class-validator';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';

export class CreateWorkerApiKeyDto {
  /** What the key is for. */
  @IsPlainText()
  @Length(1, 255)
  name: string;
}
