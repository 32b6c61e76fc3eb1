import { Length } from 'class-validator';
import { IsProse } from './is-prose.decorator.js';

export class NoteDto {
  /** Why: kept with the decision. */
  @IsProse()
  @Length(1, 5_000)
  note: string;
}
