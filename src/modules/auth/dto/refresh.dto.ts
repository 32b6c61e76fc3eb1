import { IsString, Length } from 'class-validator';
import { IgnoresUnknownFields } from '../../../common/decorators/ignores-unknown-fields.decorator.js';

@IgnoresUnknownFields()
export class RefreshDto {
  @IsString()
  @Length(1, 4096)
  refresh_token: string;
}
