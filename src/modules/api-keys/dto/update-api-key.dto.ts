import { IsBoolean, Length } from 'class-validator';
import { IgnoresUnknownFields } from '../../../common/decorators/ignores-unknown-fields.decorator.js';
import { IfGiven } from '../../users/validation/if-given.decorator.js';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';
import { ApiKeyTermsDto } from './api-key-terms.dto.js';

/** What is left out stays as it is. */
@IgnoresUnknownFields()
export class UpdateApiKeyDto extends ApiKeyTermsDto {
  @IfGiven()
  @IsPlainText()
  @Length(1, 255)
  name?: string;

  /** False switches the key off until it is switched on again. */
  @IfGiven()
  @IsBoolean()
  is_active?: boolean;
}
