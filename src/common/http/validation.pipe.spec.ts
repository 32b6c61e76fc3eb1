import { Length } from 'class-validator';
import { BlockUserDto } from '../../modules/admin/dto/block-user.dto.js';
import { NoteDto } from '../../modules/admin/dto/note.dto.js';
import { IsPlainText } from '../../modules/users/validation/is-plain-text.decorator.js';
import { RequestValidationPipe } from './validation.pipe.js';

class NameDto {
  @IsPlainText()
  @Length(2, 3)
  name: string;
}

it.each<[string, new () => object, object, string]>([
  ['an empty note', NoteDto, { note: '' }, 'note must not be blank'],
  ['a note of spaces', NoteDto, { note: ' \n ' }, 'note must not be blank'],
  ['a note that is no text', NoteDto, { note: 7 }, 'note must be text'],
  ['a note that is null', NoteDto, { note: null }, 'note must be text'],
  ['no note', NoteDto, {}, 'note is required'],
  [
    'a note that is too long',
    NoteDto,
    { note: 'a'.repeat(5_001) },
    'note must be shorter than or equal to 5000 characters',
  ],
  ['an empty reason', BlockUserDto, { reason: '' }, 'reason must not be blank'],
  ['a reason that is no text', BlockUserDto, { reason: ['x'] }, 'reason must be text without control characters'],
  [
    'two faults of a text',
    NameDto,
    { name: '\u0007' },
    'name must be longer than or equal to 2 characters; name must be text without control characters',
  ],
])('says of %s what is wrong, once for each fault', async (_what, metatype, body, message) => {
  const refusal = new RequestValidationPipe().transform(body, { type: 'body', metatype });
  await expect(refusal).rejects.toMatchObject({ message });
});
