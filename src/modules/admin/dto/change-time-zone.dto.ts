import { IsString, Length } from 'class-validator';

export class ChangeTimeZoneDto {
  /** IANA name, such as Europe/Berlin. */
  @IsString()
  @Length(1, 64)
  time_zone: string;
}
