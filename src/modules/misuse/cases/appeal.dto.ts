import { Length } from 'class-validator';
import { IsFilledProse } from '../../users/validation/is-filled-prose.decorator.js';

export class AppealDto {
  /** What the reviewer should know. */
  @IsFilledProse()
  @Length(1, 5_000)
  text: string;
}
