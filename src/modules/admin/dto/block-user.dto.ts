import { Length } from 'class-validator';
import { IgnoresUnknownFields } from '../../../common/decorators/ignores-unknown-fields.decorator.js';
import { IfGiven } from '../../users/validation/if-given.decorator.js';
import { IsNotBlank } from '../../users/validation/is-not-blank.decorator.js';
import { IsPlainText } from '../../users/validation/is-plain-text.decorator.js';

/** Taken from the query or from the body, which wins. */
@IgnoresUnknownFields()
export class BlockUserDto {
  /** Shown to the account's owner. */
  @IfGiven()
  @IsPlainText()
  @IsNotBlank()
  @Length(1, 500)
  reason?: string;
}
