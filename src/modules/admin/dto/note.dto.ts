import { Length } from 'class-validator';
import { IsFilledProse } from '../../users/validation/is-filled-prose.decorator.js';

export class NoteDto {
  /** Why: kept with the decision; of a block, the owner is shown it. */
  @IsFilledProse()
  @Length(1, 5_000)
  note: string;
}
