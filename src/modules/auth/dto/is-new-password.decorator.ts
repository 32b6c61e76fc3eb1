import { applyDecorators } from '@nestjs/common';
import { IsString, Length } from 'class-validator';

/** A new password: 8 to 128 characters, whichever they are. */
export const IsNewPassword = () => applyDecorators(IsString(), Length(8, 128));
