import { applyDecorators } from '@nestjs/common';
import { IsString, Length } from 'class-validator';
import { IfGiven } from '../../users/validation/if-given.decorator.js';

/** The token of an invitation, where one is needed. */
export const IsInvitationToken = () => applyDecorators(IfGiven(), IsString(), Length(1, 200));
