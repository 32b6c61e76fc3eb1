import { Length } from 'class-validator';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';
import { ApiKeyTermsDto } from './api-key-terms.dto.js';

export class CreateApiKeyDto extends ApiKeyTermsDto {
  /** What the key is for. */
  @IsPlainText()
  @Length(1, 255)
  name: string;
}
