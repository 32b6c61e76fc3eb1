import { applyDecorators } from '@nestjs/common';
import { IsEmail, MaxLength } from 'class-validator';

/** An e-mail address; a company's own domain without a public top level will do. */
export const IsEmailAddress = () => applyDecorators(IsEmail({ require_tld: false }), MaxLength(254));
