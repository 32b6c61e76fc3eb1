import { IsBoolean } from 'class-validator';
import { NoteDto } from './note.dto.js';

export class ExemptDto extends NoteDto {
  @IsBoolean()
  exempt: boolean;
}
