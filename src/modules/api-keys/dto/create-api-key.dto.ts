import { Length } from 'class-validator';
import { IgnoresUnknownFields } from '../../../common/decorators/ignores-unknown-fields.decorator.js';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';
import { ApiKeyTermsDto } from './api-key-terms.dto.js';

@IgnoresUnknownFields()
export class CreateApiKeyDto extends ApiKeyTermsDto {
  /** What the key is for. */
  @IsPlainText()
  @Length(1, 255)
  name: string;
}
