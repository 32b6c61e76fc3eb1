import { Length, ValidateBy } from 'class-validator';

const IsStorable = () =>
  ValidateBy({
    name: 'isStorable',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && value.isWellFormed() && !value.includes('\0'),
      defaultMessage: () => 'text must be text',
    },
  });

export class AppealDto {
  /** What the reviewer should know. */
  @IsStorable()
  @Length(1, 5_000)
  text: string;
}
