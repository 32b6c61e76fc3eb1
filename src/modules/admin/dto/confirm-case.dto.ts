import { Length } from 'class-validator';
import { IfGiven } from '../../users/validation/if-given.decorator.js';
import { IsFilledProse } from '../../users/validation/is-filled-prose.decorator.js';
import { NoteDto } from './note.dto.js';

export class ConfirmCaseDto extends NoteDto {
  /** Shown to the account's owner beside the appeal that it decides; the note is not. */
  @IfGiven()
  @IsFilledProse()
  @Length(1, 5_000)
  answer?: string;
}
